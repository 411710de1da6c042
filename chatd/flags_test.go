package main

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"linechat/chatd/internal/history/sqlite"
)

// TestLimitFlags: what the flags say of a session holds for one.
func TestLimitFlags(t *testing.T) {
	t.Parallel()
	c := dial(t, startDaemon(t, "--memory", "--max-line", "600", "--rate", "0"))
	c.line()
	c.send("PING " + strings.Repeat("x", 600) + "\n")
	if got := c.line(); !strings.HasPrefix(got, "ERR PING too-long ") || !strings.Contains(got, " 600 ") {
		t.Errorf("a line over the limit is answered %q", got)
	}
	for i := range 20 { // more than there may be at once where there is a rate
		c.send(fmt.Sprintf("NICK alice%d\n", i))
		c.expect(fmt.Sprintf("OK NICK alice%d", i))
	}
}

func TestRetainFlagsAddUp(t *testing.T) {
	t.Parallel()
	o := parseOptions(t, []string{"--memory", "--retain", "posts=5", "--retain", "age=2h,size=3MB", "--retain", "age=1h"})
	if want := (sqlite.Retain{Age: time.Hour, Posts: 5, Size: 3e6}); sqlite.Retain(o.retain) != want {
		t.Errorf("%+v is kept, not %+v", o.retain, want)
	}
}

// TestConnectionsOfAnAddress: what the flags say of an address holds for one.
func TestConnectionsOfAnAddress(t *testing.T) {
	t.Parallel()
	for flag, want := range map[string]string{
		"--sessions-per-address": "BYE too-many your address has 7 connections",
		"--connects-per-second":  "BYE too-many your address makes more than 7 connections a second; wait 0.",
	} {
		address := startDaemon(t, "--memory", "--exempt", "none", flag, "7")
		line := ""
		for n := 0; n < 500 && !strings.HasPrefix(line, "BYE "); n++ {
			line = dial(t, address).line()
		}
		if !strings.HasPrefix(line, want) {
			t.Errorf("%s 7: at last a connection reads %q", flag, line)
		}
	}
}
