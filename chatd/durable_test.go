package main

import (
	"fmt"
	"testing"
)

// TestRestart: rooms, topics, posts, numbers and ONCE keys outlive the daemon,
// and a member that comes back gets what it missed, once and in order.
func TestRestart(t *testing.T) {
	data := t.TempDir()
	var said []string
	t.Run("before", func(t *testing.T) {
		alice := dial(t, startDaemon(t, "--data", data))
		alice.line()
		for _, step := range [][2]string{
			{"NICK alice", "OK NICK alice"},
			{"CREATE go all about Go", "OK CREATE go"},
			{"IN go ONCE 5f3a9c01be774d20 POST once only", "OK POST go 1"},
			{"IN go ME waves", "OK ME go 2"},
			{"CREATE empty", "OK CREATE empty"},
		} {
			alice.send(step[0] + "\n")
			alice.expect(step[1])
		}
		for i := range 50 {
			alice.send(fmt.Sprintf("IN go POST line %d\n", i))
			alice.expect(fmt.Sprintf("OK POST go %d", i+3))
			said = append(said, fmt.Sprintf("MSG go %d alice line %d", i+3, i))
		}
	})
	t.Run("after", func(t *testing.T) {
		address := startDaemon(t, "--data", data)
		bob := dial(t, address)
		bob.line()
		bob.send("NICK bob\nCREATE Go\nIN go ONCE 5f3a9c01be774d20 POST once only\nIN go ONCE 5f3a9c01be774d20 POST another\nJOIN go AFTER 2\n")
		bob.expect("OK NICK bob")
		bob.expect("ERR CREATE room-exists there is a room Go, or one that looks like it; JOIN it or choose another name")
		bob.expect("OK POST go 1")
		bob.expect("ERR POST once-mismatch this key was used in room go for another text; take a new random key for each post")
		bob.expect("TOPIC go alice all about Go")
		for _, line := range said {
			if got := bob.line(); got[len("PAST 2026-11-23T10:00:00.000Z "):] != line {
				t.Fatalf("got %q, want PAST … %q", got, line)
			}
		}
		bob.expect("OK JOIN go 1 52")
		bob.send("POST and on\nROOMS\nSEARCH 49\n")
		bob.expect("MSG go 53 bob and on")
		bob.expect("OK POST go 53")
		bob.expect("ROOM go 1 all about Go")
		bob.expect("ROOM empty 0 ")
		bob.expect("OK ROOMS 2 2")
		if got := bob.line(); got[len("PAST 2026-11-23T10:00:00.000Z "):] != said[49] {
			t.Fatalf("SEARCH found %q", got)
		}
		bob.expect("OK SEARCH go 1 53")
	})
}
