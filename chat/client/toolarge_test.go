package client

import "testing"

// TestPagesTooLarge: pages of long posts are asked for in smaller and smaller pieces, until
// they fit, and then in pieces of that size.
func TestPagesTooLarge(t *testing.T) {
	play(t, Config{limits: limits{soft: 1_000, hard: 2_000, reply: 3 * lineSize}}, func(s *fixture) {
		p := s.start()
		all := described(s.client.History(s.Context(), "go", Range{}), 0)
		p.expect("IN go HISTORY 1 AFTER 0")
		p.posts("HISTORY", 4, 1)
		p.expect("IN go HISTORY 4 AFTER 0")
		p.posts("HISTORY", 4, 1, 2, 3, 4)
		p.expect("IN go HISTORY 2 AFTER 0")
		p.posts("HISTORY", 4, 1, 2)
		p.expect("IN go HISTORY 2 AFTER 2")
		p.posts("HISTORY", 4, 3, 4)
		s.yields(all, nil, "past MSG go 1 bob x", "past MSG go 2 bob x", "past MSG go 3 bob x", "past MSG go 4 bob x")

		all = described(s.client.Search(s.Context(), "go", Query{Words: "x", Last: 3}), 0)
		p.expect("IN go SEARCH limit:3 x")
		p.posts("SEARCH", 4, 2, 3, 4)
		p.expect("IN go SEARCH limit:1 x")
		p.posts("SEARCH", 4, 4)
		p.expect(`IN go SEARCH limit:1 x ." before:4`)
		p.posts("SEARCH", 4)
		s.yields(all, nil, "past MSG go 4 bob x")

		all = described(s.client.History(s.Context(), "go", Range{Before: 2}), 0)
		p.expect("IN go HISTORY 1 AFTER 0")
		p.posts("HISTORY", 4, 1, 2, 3, 4) // not even one fits
		s.yields(all, ErrTooLarge)
		p.answerQuit()
	})
}

// TestJoinLastTooLarge: more posts than fit into one answer, were they long, come
// before the JOIN.
func TestJoinLastTooLarge(t *testing.T) {
	play(t, Config{}, func(s *fixture) {
		p := s.start()
		all := described(s.client.JoinLast(s.Context(), "go", smallPage+1), 0)
		p.expect("IN go HISTORY 1 AFTER 0")
		p.posts("HISTORY", 1, 1)
		p.expect("IN go HISTORY 1 AFTER 0")
		p.posts("HISTORY", 1, 1)
		p.expect("JOIN go AFTER 1")
		p.say(ok("JOIN", "room", "go", "members", 1, "seq", 1))
		s.yields(all, nil, "past MSG go 1 bob x")
		if fit := defaultLimits.reply / (1<<20 + lineSize); smallPage > fit {
			s.Errorf("a small page has %d posts, and %d fit", smallPage, fit)
		}
		p.answerQuit()
	})
}

// TestJoinLastNone: a number below zero is none, as 0 is.
func TestJoinLastNone(t *testing.T) {
	play(t, Config{}, func(s *fixture) {
		p := s.start()
		all := described(s.client.JoinLast(s.Context(), "go", -1), 0)
		p.expect("JOIN go LAST 0")
		p.say(ok("JOIN", "room", "go", "members", 1, "seq", 1))
		s.yields(all, nil)
		p.answerQuit()
	})
}
