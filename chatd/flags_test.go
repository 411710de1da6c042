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
