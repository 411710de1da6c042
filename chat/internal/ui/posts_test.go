package ui

import (
	"slices"
	"testing"
	"time"

	"linechat/chat/client"
	"linechat/chat/internal/prompt"
	"linechat/chatd/proto"
)

// TestPasteCommand: the lines after /paste are one post, pasted ones included, to the
// room in which it began.
func TestPasteCommand(t *testing.T) {
	play(t, "go", func(s *fixture) {
		s.enter("/paste")
		if got := s.promptShown(); got != "paste> " {
			t.Errorf("the prompt is %q", got)
		}
		s.enter("a")
		s.enter("/quit")
		s.fakeTerminal.lines <- prompt.Line{Text: "b\nc", Paste: []string{"b", "c"}}
		s.enter("  ")
		s.enter(".")
		if got := s.promptShown(); got != "go> " {
			t.Errorf("the prompt is %q afterwards", got)
		}
		s.wantPost("PASTE", "go", "a\n/quit\nb\nc\n  ")
		s.sees("-- the next lines are one post to go; a line with only . ends it")
		s.enter("/paste")
		s.enter(" ")
		s.enter(".")
		s.enter("hello")
		s.posted("go", "hello")
		s.sees("-- the next lines are one post to go; a line with only . ends it", "-- there was nothing to post", "00:00 <alice> hello")
	})
	play(t, "", func(s *fixture) {
		s.enter("/paste")
		s.sees("! /paste needs a room, and you are in none; /join one first")
	})
}

// TestPostElsewhere: a post to a room that one is not in does not come back, so it is
// shown when it is answered.
func TestPostElsewhere(t *testing.T) {
	play(t, "go", func(s *fixture) {
		s.enter("/in dev post hello")
		s.answer("POST", proto.Line{Verb: "POST", Room: "dev", Seq: 9})
		s.enter("/in dev me waves")
		s.answer("ME", proto.Line{Verb: "ME", Room: "dev", Seq: 10})
		s.sees("00:00 [dev] <alice> hello", "00:00 [dev] * alice waves")
	})
}

// TestTellShown: a private line is shown with its receiver, as the server has the nick.
func TestTellShown(t *testing.T) {
	play(t, "go", func(s *fixture) {
		s.enter("/msg BOB psst")
		if c := s.answer("TELL", proto.Line{Verb: "TELL", Nick: "Bob"}); c.Words[0] != "BOB" || c.Text != "psst" {
			t.Errorf("told is %q to %q", c.Text, c.Words)
		}
		s.sees("00:00 [you -> Bob] psst")
		s.tell(client.Tell{Nick: "bob", Text: "yes?"})
		s.sees("00:00 [bob -> you] yes?")
	})
}

// TestPastPosts: how many there are, and how to see earlier ones.
func TestPastPosts(t *testing.T) {
	at := func(seq uint64) proto.Line {
		return proto.Line{Type: proto.MSG, Room: "go", Seq: seq, Nick: "bob", Text: "old", Past: true, Time: time.Now()}
	}
	for _, c := range []struct {
		typed, verb string
		lines       []proto.Line
		want        []string
	}{
		{"/history 1", "HISTORY", nil, []string{"-- nothing found in go"}},
		{"/history 1", "HISTORY", []proto.Line{at(1)}, []string{"00:00 <bob> old", "-- 1 post of go"}},
		{"/history 2", "HISTORY", []proto.Line{at(2), at(3)}, []string{"00:00 <bob> old", "00:00 <bob> old", "-- 2 posts of go; /history BEFORE 2 shows earlier ones"}},
		{"/search old", "SEARCH", []proto.Line{at(2)}, []string{"00:00 <bob> old", "-- 1 post of go"}},
		{"/search old", "SEARCH", []proto.Line{{Type: proto.GAP, Room: "go", From: 1, To: 4, Why: "time"}, at(5)},
			[]string{"-- posts 1 to 4 of go were not searched: it took too long", "00:00 <bob> old", "-- 1 post of go"}},
	} {
		play(t, "go", func(s *fixture) {
			for i := range c.lines {
				c.lines[i].Time = time.Now()
			}
			s.enter(c.typed)
			if asked := s.answer(c.verb, proto.Line{Verb: c.verb, Room: "go", Seq: 9}, c.lines...); asked.Room != "go" {
				t.Errorf("%s asks %q", c.typed, asked.Room)
			}
			if got := s.take(); !slices.Equal(got, c.want) {
				t.Errorf("%s: %q, not %q", c.typed, got, c.want)
			}
		})
	}
}
