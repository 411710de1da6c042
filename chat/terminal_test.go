//go:build unix

package main

import "testing"

// TestTerminal: on a terminal posts look as they do at the prompt, and rooms stand
// in columns.
func TestTerminal(t *testing.T) {
	t.Parallel()
	d := startDaemon(t)
	bob := d.visit("bob", "operations")
	bob.says("TOPIC all that runs")
	bob.says("POST hello")
	bob.says("ME waves")
	d.do("", "--nick", "carol", "post", "go", "two\nlines")
	for _, c := range []struct {
		args []string
		rows []string
	}{
		{[]string{"history", "operations"}, []string{"00:00 <bob> hello", "00:00 * bob waves"}},
		{[]string{"tail", "go", "--no-follow"}, []string{"00:00 <carol> two", "              lines"}},
		{[]string{"search", "go", "two"}, []string{"00:00 <carol> two", "              lines"}},
		{[]string{"rooms"}, []string{"operations     1  all that runs", "go             0"}},
		{[]string{"who", "operations"}, []string{"bob guest"}},
	} {
		d.tmux(80, 24, c.args...).wants(append(c.rows, "ended with 0", "the terminal is as it was")...)
	}
}

// TestProgress: whoever posts lines at a terminal sees how many are posted.
func TestProgress(t *testing.T) {
	t.Parallel()
	s := startDaemon(t).tmux(80, 24, "post", "go")
	s.shows("chat: type lines to post to go; Ctrl-D ends")
	s.enters("one")
	s.enters("two")
	s.shows("2 lines posted to go")
	s.Keys("C-d")
	s.shows("chat: 2 lines posted to go")
	s.ended(exitOK)
}
