package client

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"testing"
	"time"
)

// described takes what an iterator yields, at most so many; 0: all.
func described(events iter.Seq2[Event, error], limit int) func() ([]string, error) {
	return async(func() (got []string, err error) {
		for e, err := range events {
			if err != nil {
				return got, err
			}
			if got = append(got, describe(e)); len(got) == limit {
				break
			}
		}
		return got, nil
	})
}

// yields wants an iterator to have yielded these, and then err.
func (s *fixture) yields(wait func() ([]string, error), err error, want ...string) {
	s.Helper()
	got, gotErr := wait()
	if !slices.Equal(got, want) || !errors.Is(gotErr, err) {
		s.Fatalf("yielded are %q, %v; want %q, %v", got, gotErr, want, err)
	}
}

func gap(from, to int, why string) string {
	return fmt.Sprintf(`{"type":"gap","room":"go","from":%d,"to":%d,"why":%q}`, from, to, why)
}

// posts says posts of room go, and the OK of a page.
func (p *peer) posts(verb string, head int, seqs ...int) {
	p.Helper()
	for _, seq := range seqs {
		p.say(past("go", seq, "bob", "x"))
	}
	p.say(ok(verb, "room", "go", "shown", len(seqs), "seq", head))
}

// TestHistoryPages: how far the room has come is asked once; then each page is
// asked for after the last post before it, and no more than is wanted of it.
// What was posted meanwhile is no part of it.
func TestHistoryPages(t *testing.T) {
	play(t, Config{}, func(s *fixture) {
		p := s.start()
		all := described(s.client.History(s.Context(), "go", Range{}), 0)
		p.expect("IN go HISTORY 1 AFTER 0")
		p.say(gap(1, 3, "retention"))
		p.posts("HISTORY", 2004, 4)
		p.expect("IN go HISTORY 1000 AFTER 0")
		p.say(gap(1, 4, "retention"))
		p.posts("HISTORY", 2005, 5, 1004)
		p.expect("IN go HISTORY 1000 AFTER 1004")
		p.posts("HISTORY", 2006, 1005, 2003)
		p.expect("IN go HISTORY 1 AFTER 2003")
		p.posts("HISTORY", 2006, 2004)
		s.yields(all, nil, "GAP go 1 4 retention", "past MSG go 5 bob x", "past MSG go 1004 bob x",
			"past MSG go 1005 bob x", "past MSG go 2003 bob x", "past MSG go 2004 bob x")
		p.answerQuit()
	})
}

// TestHistoryGap: a gap ends where what was asked for ends, and where all of it
// has gone there is nothing more to ask for.
func TestHistoryGap(t *testing.T) {
	play(t, Config{}, func(s *fixture) {
		p := s.start()
		all := described(s.client.History(s.Context(), "go", Range{After: 2, Before: 8, First: 3}), 0)
		p.expect("IN go HISTORY 1 AFTER 2")
		p.say(gap(3, 5, "retention"))
		p.posts("HISTORY", 20, 6)
		p.expect("IN go HISTORY 3 AFTER 2")
		p.say(gap(3, 8, "retention"))
		p.posts("HISTORY", 20, 9, 10, 11)
		s.yields(all, nil, "GAP go 3 7 retention")
		p.answerQuit()
	})
}

// TestHistoryLost: the page under way is asked for again on the next connection,
// in the room that was current when the loop began. Without a next connection
// the loop ends with why, after what there was.
func TestHistoryLost(t *testing.T) {
	play(t, Config{}, func(s *fixture) {
		p := s.start()
		p.join("go", 2)
		all := described(s.client.History(s.Context(), "", Range{}), 0)
		p.expect("IN go HISTORY 1 AFTER 0")
		p.posts("HISTORY", 2, 1)
		p.expect("IN go HISTORY 2 AFTER 0")
		p.say(past("go", 1, "bob", "x"))
		p.cut()
		p = s.accept()
		p.greet()
		p.expect("JOIN go AFTER 2")
		p.say(ok("JOIN", "room", "go", "members", 1, "seq", 2))
		p.expect("IN go HISTORY 2 AFTER 0")
		p.posts("HISTORY", 2, 1)
		p.expect("IN go HISTORY 1 AFTER 1")
		p.say(refusing("HISTORY", StoreFailed))
		s.yields(all, StoreFailed, "past MSG go 1 bob x")
		p.answerQuit()
	})
	play(t, Config{ReconnectTimeout: -1}, func(s *fixture) {
		p := s.start()
		all := described(s.client.History(s.Context(), "go", Range{}), 0)
		p.expect("IN go HISTORY 1 AFTER 0")
		p.cut()
		s.yields(all, ErrLost)
	})
}

// TestHistoryEnds: a loop that ends early asks for nothing more, one of a server
// that brings nothing ends, and one whose context has ended says so.
func TestHistoryEnds(t *testing.T) {
	play(t, Config{}, func(s *fixture) {
		p := s.start()
		first := described(s.client.History(s.Context(), "go", Range{}), 1)
		p.expect("IN go HISTORY 1 AFTER 0")
		p.posts("HISTORY", 2000, 1)
		p.expect("IN go HISTORY 1000 AFTER 0")
		p.posts("HISTORY", 2000, 1, 2)
		s.yields(first, nil, "past MSG go 1 bob x")

		first = described(s.client.History(s.Context(), "go", Range{First: 1}), 0)
		p.expect("IN go HISTORY 1 AFTER 0")
		p.posts("HISTORY", 2000, 1)
		p.expect("IN go HISTORY 1 AFTER 0")
		p.posts("HISTORY", 2000, 1)
		s.yields(first, nil, "past MSG go 1 bob x")

		none := described(s.client.JoinLast(s.Context(), "go", 1001), 0)
		p.expect("IN go HISTORY 1 AFTER 0")
		p.posts("HISTORY", 2000)
		p.expect("IN go HISTORY 1000 AFTER 999")
		p.posts("HISTORY", 2000) // which has neither posts nor a gap
		p.expect("JOIN go AFTER 0")
		p.say(refusing("JOIN", StoreFailed))
		s.yields(none, StoreFailed)

		ctx, cancel := context.WithCancelCause(s.Context())
		over := errors.New("over")
		all := described(s.client.History(ctx, "go", Range{}), 0)
		p.expect("IN go HISTORY 1 AFTER 0")
		cancel(over)
		s.yields(all, over)
		p.posts("HISTORY", 2000, 1)
		p.answerQuit()
	})
}

// TestSearchPages: the newest come first, page by page, and a search that the
// server has broken off goes on where it was. One that does not get further says
// what was not searched.
func TestSearchPages(t *testing.T) {
	play(t, Config{}, func(s *fixture) {
		p := s.start()
		all := described(s.client.Search(s.Context(), "go", Query{Words: `mig* "two`, From: "bob", Since: time.Minute, After: 10, Last: 3}), 0)
		p.expect(`IN go SEARCH limit:3 since:60s from:bob mig* "two`)
		p.say(gap(1, 500, "time"))
		p.posts("SEARCH", 900, 700)
		p.expect(`IN go SEARCH limit:2 since:60s from:bob mig* "two ." before:501`)
		p.say(gap(1, 500, "time"))
		p.posts("SEARCH", 900)
		s.yields(all, nil, "past MSG go 700 bob x", "GAP go 1 500 time")

		all = described(s.client.Search(s.Context(), "go", Query{Words: "x", After: 10, Last: 3}), 0)
		p.expect("IN go SEARCH limit:3 x")
		p.posts("SEARCH", 900, 9, 11, 12)
		s.yields(all, nil, "past MSG go 12 bob x", "past MSG go 11 bob x")

		all = described(s.client.Search(s.Context(), "go", Query{Words: "x", After: 10, Last: 3}), 0)
		p.expect("IN go SEARCH limit:3 x")
		p.say(gap(1, 10, "time"), gap(11, 11, "retention"))
		p.posts("SEARCH", 900, 12)
		s.yields(all, nil, "past MSG go 12 bob x")

		all = described(s.client.Search(s.Context(), "go", Query{Words: "?"}), 0)
		p.expect("IN go SEARCH limit:1000 ?")
		p.say(refusing("SEARCH", BadArguments))
		s.yields(all, BadArguments)
		p.answerQuit()
	})
}

// TestJoinLastLost: a JOIN without an answer is sent again, and what comes with its
// answer is yielded.
func TestJoinLastLost(t *testing.T) {
	play(t, Config{}, func(s *fixture) {
		p := s.start()
		all := described(s.client.JoinLast(s.Context(), "go", 10), 0)
		p.expect("JOIN go LAST 10")
		p.cut()
		p = s.accept()
		p.greet()
		p.expect("JOIN go LAST 10")
		p.say(gap(1, 1, "retention"), past("go", 2, "bob", "x"), ok("JOIN", "room", "go", "members", 1, "seq", 2))
		s.yields(all, nil, "GAP go 1 1 retention", "past MSG go 2 bob x")
		p.answerQuit()
	})
}

// TestJoinLastGap: where all that was asked for has gone, the JOIN comes after it.
func TestJoinLastGap(t *testing.T) {
	play(t, Config{}, func(s *fixture) {
		p := s.start()
		all := described(s.client.JoinLast(s.Context(), "go", 1001), 0)
		p.expect("IN go HISTORY 1 AFTER 0")
		p.say(gap(1, 2000, "retention"))
		p.posts("HISTORY", 2000)
		p.expect("IN go HISTORY 1000 AFTER 999")
		p.say(gap(1000, 2000, "retention"))
		p.posts("HISTORY", 2000)
		p.expect("JOIN go AFTER 2000")
		p.say(ok("JOIN", "room", "go", "members", 1, "seq", 2000))
		s.yields(all, nil, "GAP go 1000 2000 retention")
		p.answerQuit()
	})
}

// TestSearchTwice: each loop over a search begins anew, in the room that is
// current then.
func TestSearchTwice(t *testing.T) {
	play(t, Config{}, func(s *fixture) {
		p := s.start()
		p.join("go", 900)
		search := s.client.Search(s.Context(), "", Query{Words: "x", Last: 2})
		for range 2 {
			all := described(search, 0)
			p.expect("IN go SEARCH limit:2 x")
			p.say(gap(1, 500, "time"))
			p.posts("SEARCH", 900, 600)
			p.expect(`IN go SEARCH limit:1 x ." before:501`)
			p.posts("SEARCH", 900)
			s.yields(all, nil, "past MSG go 600 bob x")
		}
		p.answerQuit()
	})
}
