package ui

import (
	"testing"

	"linechat/chatd/proto"
)

// TestFriendly: the server's commands become those of the prompt; what only looks like
// one, and what the person has typed, stays.
func TestFriendly(t *testing.T) {
	c := proto.Command{Verb: "TELL", Room: "JOIN.us", Words: []string{"WHO"}, Text: "PING me"}
	for text, want := range map[string]string{
		"JOIN one first":               "JOIN one first", // a word of the room's name
		"CREATE it, or use IN go POST": "/create it, or use /in go /post",
		"WHO is not here; PING her":    "WHO is not here; PING her",
		"the NATO does not QUIT":       "the NATO does not /quit",
		"Quit, QUITS and Q":            "Quit, QUITS and Q",
	} {
		if got := friendly(text, c); got != want {
			t.Errorf("%q becomes %q, not %q", text, got, want)
		}
	}
}
