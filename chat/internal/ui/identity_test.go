package ui

import (
	"strings"
	"testing"

	"linechat/chatd/proto"
)

// TestWhoami: who one is, in which room, and in which others.
func TestWhoami(t *testing.T) {
	play(t, "", func(s *fixture) {
		whoami := func(want string) {
			t.Helper()
			s.clear()
			s.enter("/whoami")
			s.answer("WHOAMI", proto.Line{Verb: "WHOAMI", Nick: "alice", Role: "guest"})
			s.sees(want)
		}
		whoami("-- you are alice (guest), in no room")
		for _, room := range []string{"go", "golf", "dev"} {
			s.enter("/join " + room)
			s.join(room)
		}
		whoami("-- you are alice (guest), in dev, and also in go, golf")
		s.enter("/leave")
		s.answer("LEAVE", proto.Line{Verb: "LEAVE", Room: "dev"})
		whoami("-- you are alice (guest), in no room, and also in go, golf")
	})
}

// TestPing says how long the answer took.
func TestPing(t *testing.T) {
	play(t, "go", func(s *fixture) {
		s.enter("/ping")
		s.answer("PING", proto.Line{Verb: "PING"})
		if lines := s.take(); len(lines) != 1 || !strings.HasPrefix(lines[0], "-- the server answered after ") {
			t.Errorf("printed is %q", lines)
		}
	})
}
