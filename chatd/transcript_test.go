package main

import (
	"regexp"
	"strings"
	"testing"

	"linechat/chatd/internal/spectest"
)

// varying is what differs from run to run.
var varying = regexp.MustCompile(`guest-[0-9a-f]{6}|\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z|` +
	// in a conversation: times, days and the zone
	`^\d\d:\d\d |^-- \w+day, \d+ \w+ \d{4}$|times are in .*`)

func fixed(line string) string { return varying.ReplaceAllString(line, "~") }

func TestTranscripts(t *testing.T) {
	all := spectest.Transcripts(t)
	if len(all) < 15 {
		t.Fatalf("protocol.md has %d transcripts only", len(all))
	}
	for _, tr := range all {
		t.Run(tr.Name, func(t *testing.T) {
			t.Run("memory", func(t *testing.T) { play(t, openDoors(t, tr, "--memory"), tr.Steps) })
			t.Run("data", func(t *testing.T) { play(t, openDoors(t, tr, "--data", t.TempDir()), tr.Steps) })
		})
	}
}

// play runs one transcript, and then sees that no client has more to read than
// the transcript says.
func play(t *testing.T, d *doors, steps []spectest.Step) {
	clients := map[string]*client{}
	greeted := map[*client]bool{}
	for _, s := range steps {
		c := clients[s.Who]
		if c == nil {
			c = d.enter(t, s)
			clients[s.Who] = c
		}
		if s.Mark != "=" && !greeted[c] {
			greeted[c] = true
			if hello := c.line(); s.Mark == "<" {
				compare(t, s, hello)
				continue
			}
		}
		switch s.Mark {
		case ">":
			c.send(s.Text + "\n")
		case "<":
			compare(t, s, c.line())
		case ".":
			if err := c.Conn.(interface{ CloseWrite() error }).CloseWrite(); err != nil {
				t.Fatal(err)
			}
		case "x":
			c.closed()
			clients[s.Who] = nil
		}
	}
	for who, c := range clients {
		if c == nil {
			continue
		}
		c.send("/PING the end\n")
		if got := strings.TrimPrefix(c.line(), "-- pong "); got != "OK PING the end" && got != "the end" {
			t.Errorf("%s got a line that the transcript does not have: %q", who, got)
		}
	}
}

func compare(t *testing.T, s spectest.Step, got string) {
	t.Helper()
	if fixed(got) != fixed(s.Text) {
		t.Fatalf("protocol.md:%d: %s\ngot  %q\nwant %q", s.Line, s.Who, got, s.Text)
	}
}
