package ui

import (
	"slices"
	"strings"
	"testing"

	"linechat/chatd/proto"
)

// TestHelp: every command that can be typed has its line, from chat's table or from
// the server's HELP, and those that are of no use here have none.
func TestHelp(t *testing.T) {
	play(t, "go", func(s *fixture) {
		s.ui.help = []proto.Line{
			{Verb: "JOIN", Text: "room - joins a room"}, {Verb: "PING", Text: "- answers"}, {Verb: "ONCE", Text: "key command"},
			{Verb: "KICK", Text: "nick - takes somebody out"}, {Verb: "QUIT", Text: "the server's"}, {Verb: "LEAVE", Text: "[room] - leaves"},
		}
		s.enter("/help")
		lines := s.take()
		if !strings.HasPrefix(lines[0], "-- In a room, what you type is posted; //x posts /x.") {
			t.Errorf("it begins with %q", lines[0])
		}
		for _, want := range []string{
			"  /help [command] - lists the commands, or explains one",
			"  /join room - joins a room", "  /ping - answers", "  /kick nick - takes somebody out",
			"  /leave [room] - leaves (also /part)",
			"  /quit - ends chat; so do Ctrl-D, and Ctrl-C twice (also /exit)",
		} {
			if !slices.Contains(lines, want) {
				t.Errorf("%q is not there:\n%s", want, strings.Join(lines, "\n"))
			}
		}
		if slices.ContainsFunc(lines, func(l string) bool {
			return l == "" || strings.Contains(l, "once") || strings.Contains(l, "the server's")
		}) {
			t.Errorf("shown is an empty line, or what is of no use:\n%s", strings.Join(lines, "\n"))
		}
	})
}

// TestHelpOfOne: by any of its names, in any case, with or without the slash.
func TestHelpOfOne(t *testing.T) {
	play(t, "go", func(s *fixture) {
		for typed, want := range map[string]string{
			"/help quit":      "  /quit - ends chat; so do Ctrl-D, and Ctrl-C twice (also /exit)",
			"/help /EXIT":     "  /quit - ends chat; so do Ctrl-D, and Ctrl-C twice (also /exit)",
			"/help Names":     "  /who [room] - lists the members of a room (also /names)",
			"/help kick":      "  /kick nick [why] - takes somebody out of the room",
			"/help kik":       "! there is no command kik; did you mean /kick?",
			"/help xyzzy":     "! there is no command xyzzy; /help lists them",
			"/help unignore ": "  /unignore nick - shows again what a nick says",
		} {
			s.enter(typed)
			s.sees(want)
		}
	})
}

// TestHelpUnknown: where the server's commands are not known yet, they are asked for.
func TestHelpUnknown(t *testing.T) {
	play(t, "go", func(s *fixture) {
		s.ui.help = nil
		s.enter("/help kick")
		s.sees()
		s.answer("HELP", proto.Line{Verb: "HELP"}, proto.Line{Type: proto.HELP, Verb: "KICK", Text: "- kicks"})
		s.sees("  /kick - kicks")
	})
}
