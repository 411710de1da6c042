package main

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"linechat/scripts/harness"
)

// TestGap: what the server no longer keeps is said on stderr, by each command up
// to where it was to show posts, and stdout has the rest.
func TestGap(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	keeping := func(flags ...string) *daemon {
		c, err := harness.StartChatd(chatdPath, dir, "127.0.0.1:0", flags...)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { c.Kill() })
		return &daemon{t, c}
	}
	all := keeping()
	var input strings.Builder
	for i := range 30 {
		fmt.Fprintln(&input, i+1)
	}
	all.do(input.String(), "--nick", "poster", "post", "go")
	all.Kill()
	d := keeping("--retain", "posts=10")
	for !strings.Contains(d.asks("history", "go", "--after", "0"), "are missing") { // until it is carried out
	}
	for _, c := range []struct {
		command string
		missing string // "": nothing is
		shown   string
	}{
		{"history go", "11 to 20", "21-30"},
		{"history go -n 10", "", "21-30"},
		{"history go --after 0", "1 to 20", "21-30"},
		{"history go --after 5 -n 2", "6 to 20", "21-22"},
		{"history go --after 5 --before 15", "6 to 14", ""},
		{"history go --before 23 -n 4", "19 to 20", "21-22"},
		{"history go --since 1h", "", "21-30"},
		{"tail go --no-follow -n 15", "16 to 20", "21-30"},
		{"search go from:poster", "", "21-30"},
	} {
		r := d.chat(strings.Fields(c.command)...)
		texts := texts(r.ends(exitOK))
		shown := ""
		if len(texts) > 0 {
			shown = texts[0] + "-" + texts[len(texts)-1]
		}
		missing := ""
		if said := regexp.MustCompile(`^chat: posts (.*) of go are missing: the server no longer keeps them\n$`).FindStringSubmatch(r.stderr.String()); said != nil {
			missing = said[1]
		} else {
			r.says(`^$`)
		}
		if shown != c.shown || missing != c.missing {
			t.Errorf("chat %s shows %s and misses %s, want %s and %s", c.command, shown, missing, c.shown, c.missing)
		}
	}
}

// asks runs chat to its end, and returns what it says on stderr.
func (d *daemon) asks(args ...string) string {
	d.t.Helper()
	r := d.chat(args...)
	r.ends(exitOK)
	return r.stderr.String()
}

// TestTailLive: tail writes what comes as it writes what was there, also as JSON.
func TestTailLive(t *testing.T) {
	t.Parallel()
	d := startDaemon(t)
	bob := d.visit("bob", "go")
	plain, json := d.chat("tail", "go", "-n", "0"), d.chat("tail", "go", "-n", "0", "--json")
	waitFor(t, d, "rooms", "go", "go 3")
	bob.says("POST hello")
	bob.says("ME waves")
	clock := regexp.MustCompile(`[0-9-]+T[0-9:.]+Z`)
	for _, c := range []struct {
		tail *running
		want []string
	}{
		{plain, []string{"TIME bob hello", "TIME * bob waves"}},
		{json, []string{
			`{"type":"msg","room":"go","seq":1,"time":"TIME","nick":"bob","text":"hello"}`,
			`{"type":"me","room":"go","seq":2,"time":"TIME","nick":"bob","text":"waves"}`,
		}},
	} {
		got := []string{clock.ReplaceAllString(c.tail.line(), "TIME"), clock.ReplaceAllString(c.tail.line(), "TIME")}
		if !slices.Equal(got, c.want) {
			t.Errorf("tail writes %q, want %q", got, c.want)
		}
	}
}

// TestTailLosesRoom: a room that is gone when the server is back ends a tail of it.
func TestTailLosesRoom(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	c, err := harness.StartChatd(chatdPath, dir, "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Kill() })
	d := &daemon{t, c}
	d.visit("bob", "go")
	tail := d.chat("tail", "go")
	waitFor(t, d, "rooms", "go", "go 2")
	d.Kill()
	if err := os.RemoveAll(filepath.Join(dir, "data")); err != nil {
		t.Fatal(err)
	}
	d.restart()
	tail.ends(exitRefused)
	tail.says(`(?m)^chat: there is no room go \(chat rooms lists the rooms\)$`)
}
