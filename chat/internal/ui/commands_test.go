package ui

import (
	"slices"
	"strings"
	"testing"

	"linechat/chatd/proto"
)

func TestSuggest(t *testing.T) {
	for word, want := range map[string]string{
		"hist": "history", "sea": "search", "jion": "join", "lsit": "list", "h": "", "xyzzy": "",
	} {
		if got := new(ui).suggest(word); got != want {
			t.Errorf("suggest(%q) = %q, not %q", word, got, want)
		}
	}
}

func TestWhoLine(t *testing.T) {
	for rest, want := range map[string]string{"": "WHO", " dev": "IN dev WHO", " a b": "WHO a b"} {
		if got := whoLine(rest); got != want {
			t.Errorf("/who%s is sent as %q", rest, got)
		}
	}
}

// Each row of the table can be found by all its names, and a command of the
// server's that the client knows has its help from the server.
func TestCommands(t *testing.T) {
	var names []string
	for _, c := range commands() {
		for _, name := range append([]string{c.name}, c.aliases...) {
			if found := commandNamed(strings.ToUpper(name)); found == nil || found.name != c.name {
				t.Errorf("/%s does not lead to %s", name, c.name)
			}
			if slices.Contains(names, name) {
				t.Errorf("there are two commands %s", name)
			}
			names = append(names, name)
		}
		if onServer := proto.LookupVerb(strings.ToUpper(c.name)) != nil; !onServer && (c.run == nil || c.about == "") {
			t.Errorf("/%s is not of the server's, and has no help or does nothing", c.name)
		}
	}
	for _, verb := range proto.Verbs {
		if !slices.Contains(names, strings.ToLower(verb.Name)) && !slices.Contains(hidden, verb.Name) && verb.Role < proto.Admin {
			t.Errorf("%s of the server's has no row", verb.Name)
		}
	}
}

// A command that only the server knows is sent as it is.
func TestNewerServer(t *testing.T) {
	play(t, "go", func(s *fixture) {
		s.enter("/kick bob too loud")
		if c := s.answer("KICK", proto.Line{Verb: "KICK"}); c.Text != "bob too loud" {
			t.Errorf("sent is %q", c.Text)
		}
		s.sees("-- OK KICK")
		s.enter("/help kick")
		s.sees("  /kick nick [why] - takes somebody out of the room")
		s.enter("/kcik bob")
		s.sees("! there is no command kcik; did you mean /kick?")
	})
}
