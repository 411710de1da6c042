package ui

import (
	"slices"
	"testing"

	"linechat/chat/internal/prompt"
	"linechat/chatd/proto"
)

// TestCommandLines: what a line with a slash becomes on the wire, in a room.
func TestCommandLines(t *testing.T) {
	for typed, want := range map[string]proto.Command{
		"/tell bob  a  b": {Verb: "TELL", Words: []string{"bob"}, Text: " a  b"},
		"/MSG bob hi":     {Verb: "TELL", Words: []string{"bob"}, Text: "hi"},
		"/ tell bob hi":   {Verb: "TELL", Words: []string{"bob"}, Text: "hi"},
		"  /tell bob hi":  {Verb: "TELL", Words: []string{"bob"}, Text: "hi"},
		"/who":            {Verb: "WHO", Room: "go"},
		"/who dev":        {Verb: "WHO", Room: "dev"},
		"/in dev who":     {Verb: "WHO", Room: "dev"},
		"/topic":          {Verb: "TOPIC", Room: "go"},
		"/search a b":     {Verb: "SEARCH", Room: "go", Text: "a b"},
		"/history 3":      {Verb: "HISTORY", Room: "go", Words: []string{"3"}},
		"/list g":         {Verb: "ROOMS", Words: []string{"g"}},
		"/exit":           {},
		"/part":           {Verb: "LEAVE", Words: []string{"go"}},
		"/post /x":        {Verb: "POST", Room: "go", Text: "/x"},
		"//x":             {Verb: "POST", Room: "go", Text: "/x"},
		" //x":            {Verb: "POST", Room: "go", Text: "/x"},
		"  x":             {Verb: "POST", Room: "go", Text: "  x"},
		"/format json":    {Verb: "FORMAT", Words: []string{"json"}},
		"/kick bob a b":   {Verb: "KICK", Text: "bob a b"},
	} {
		play(t, "go", func(s *fixture) {
			s.enter(typed)
			if want.Verb == "" {
				return
			}
			c := s.asked(want.Verb).command
			if c.Room != want.Room || c.Text != want.Text || !slices.Equal(c.Words, want.Words) {
				t.Errorf("%q asks %+v, not %+v", typed, c, want)
			}
		})
	}
}

// TestBadCommands are answered without asking the server.
func TestBadCommands(t *testing.T) {
	for typed, want := range map[string]string{
		"/":          "! type a command after the slash; /help lists them",
		"/  ":        "! type a command after the slash; /help lists them",
		"/xyzzy":     "! there is no command xyzzy; /help lists them",
		"/XYZZY a":   "! there is no command xyzzy; /help lists them",
		"/jion go":   "! there is no command jion; did you mean /join?",
		"/se words":  "! there is no command se; did you mean /search?",
		"/unignore":  "! /unignore needs a nick; /ignore lists who is ignored",
		"/ignore":    "-- nobody is ignored",
		"/paste now": "-- the next lines are one post to go; a line with only . ends it",
	} {
		play(t, "go", func(s *fixture) {
			s.enter(typed)
			s.sees(want)
		})
	}
	play(t, "", func(s *fixture) {
		s.enter("xyzzy")
		s.sees("! there is no command xyzzy; /help lists them (you are in no room; /join enters one)")
		for _, typed := range []string{"topic", "/topic", "/history 3", "/me waves"} {
			s.enter(typed)
		}
		s.sees("! /topic needs a room, and you are in none; /join one first", "! /topic needs a room, and you are in none; /join one first",
			"! /history needs a room, and you are in none; /join one first", "! /me needs a room, and you are in none; /join one first")
	})
}

// TestBlankLines do nothing, and a paste is a post even if it looks like a command.
func TestBlankLines(t *testing.T) {
	play(t, "go", func(s *fixture) {
		s.enter("")
		s.enter(" \t")
		s.sees()
		s.fakeTerminal.lines <- prompt.Line{Text: "/quit\n/quit", Paste: []string{"/quit", "/quit"}}
		s.wantPost("PASTE", "go", "/quit\n/quit")
	})
}

func TestReading(t *testing.T) {
	for _, c := range []struct {
		line      string
		inRoom    bool
		text      string
		isCommand bool
	}{
		{"hello", true, "hello", false},
		{"  hello", true, "  hello", false},
		{"/join go", true, "join go", true},
		{"join go", false, "join go", true},
		{"/join go", false, "join go", true},
		{"//join", true, "/join", false},
		{" /nick bob s3cret", true, "nick bob s3cret", true},
		{"a /slash", true, "a /slash", false},
		{"/", true, "", true},
	} {
		if text, isCommand := parseInput(c.line, c.inRoom); text != c.text || isCommand != c.isCommand {
			t.Errorf("reading(%q, %v) = %q, %v", c.line, c.inRoom, text, isCommand)
		}
	}
}

// What is pasted or written out where there is no room for it is shown again.
func TestNowhere(t *testing.T) {
	play(t, "", func(s *fixture) {
		s.fakeTerminal.lines <- prompt.Line{Text: "a\nb", Paste: []string{"a", "b"}}
		s.enter("//x")
		s.enter("/who")
		s.sees("! not posted: you are in no room; /join enters one", "!   a", "!   b",
			"! not posted: you are in no room; /join enters one", "!   /x",
			"! /who needs a room, and you are in none; /join one first")
	})
}
