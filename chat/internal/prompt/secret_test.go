package prompt

import (
	"strings"
	"testing"
)

// secretOf asks for a password of /login, and for a new one of /passwd.
func secretOf(line string) Secret {
	switch {
	case strings.HasPrefix(line, "/login"):
		return Secret{Question: "Password: "}
	case line == "/passwd":
		return Secret{Question: "New password: ", Twice: true}
	}
	return Secret{}
}

// TestSecretInput: what keys make of a secret.
func TestSecretInput(t *testing.T) {
	for _, test := range []struct {
		name string
		keys []key
		want string
		ok   bool
	}{
		{"typed", []key{types("a"), types(" "), types("ü"), {kind: enter}}, "a ü", true},
		{"nothing", []key{{kind: enter}}, "", true},
		{"rubbed out", []key{types("a"), types("ü"), types("\x7f"), types("b"), types("\b"), types("c"), {kind: enter}}, "ac", true},
		{"rubbed out of nothing", []key{types("\x7f"), types("a"), {kind: enter}}, "a", true},
		{"begun anew", []key{types("a"), types("b"), types("\x15"), types("c"), {kind: enter}}, "c", true},
		{"other keys", []key{types("a"), types(keyLeft), types(keyDelete), types(searchKey), {kind: nothing}, types("b"), {kind: enter}}, "ab", true},
		{"pasted", []key{types("a"), {kind: pasted, text: "b\tc\n"}, {kind: enter}}, "ab\tc", true},
		{"pasted too much", []key{types("a"), {kind: pasted, dropped: 1 << 20}, {kind: enter}}, "a", true},
		{"Ctrl-C", []key{types("a"), {kind: interrupt}}, "", false},
		{"Escape", []key{types("a"), {kind: escape}}, "", false},
		{"Ctrl-D", []key{types("a"), types("\x04"), types("\x7f"), types("\x04")}, "", false},
	} {
		answer := make(chan *string, 1)
		s := &secretInput{answer: answer}
		for i, k := range test.keys {
			if done := s.press(k); done != (i == len(test.keys)-1) {
				t.Errorf("%s: key %d: done is %v", test.name, i, done)
			}
		}
		if got := <-answer; (got != nil) != test.ok || got != nil && *got != test.want {
			t.Errorf("%s: %v", test.name, got)
		}
	}
}

// TestConsoleSecret: on a console liner asks, and lines are held meanwhile.
func TestConsoleSecret(t *testing.T) {
	testConsole(t, Options{Secret: secretOf}, func(c *consoleTest) {
		c.press("/login alice" + string(enterKey) + "s3cr")
		c.printMany(1)
		c.settle()
		c.wantScreen("Password:")
		c.press("et" + string(enterKey))
		c.wantScreen("line 1", "      go>")
		if line := <-c.Lines(); line.Text != "/login alice" || line.Secret != "s3cret" {
			t.Errorf("entered: %+v", line)
		}
		for _, giveUp := range []rune{ctrlC, ctrlD} {
			c.press("/login bob" + string(enterKey) + string(giveUp))
			c.wantScreen("line 1", "      go> /login bob")
			c.press(string(ctrlC))
		}
		c.press("/passwd" + string(enterKey) + "one" + string(enterKey) + "two" + string(enterKey))
		c.wantScreen("line 1", "Not the same. New password:")
		c.press("one" + string(enterKey) + "one" + string(enterKey))
		if line := <-c.Lines(); line.Text != "/passwd" || line.Secret != "one" {
			t.Errorf("entered: %+v", line)
		}
		c.wantLines()
	})
}
