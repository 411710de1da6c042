package main

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// importPosts makes a data directory with a room go: posts of that many texts, the
// newer half of them made just now, the older half a year earlier.
func importPosts(t *testing.T, n int, text string) (data string) {
	t.Helper()
	data = filepath.Join(t.TempDir(), "data")
	now := time.Now().UTC()
	var b strings.Builder
	fmt.Fprintf(&b, `{"type":"room","room":"go","first":1,"head":%d}`+"\n", n)
	for seq := 1; seq <= n; seq++ {
		at := now
		if seq <= n/2 {
			at = now.AddDate(-1, 0, 0)
		}
		fmt.Fprintf(&b, `{"type":"msg","room":"go","seq":%d,"time":%q,"nick":"bob","text":"%d %s"}`+"\n", seq, at.Format(timeLayout), seq, text)
	}
	succeed(t, "import", "--data", data, file(t, b.String()))
	return data
}

// firstKept asks for the first number of room go that is kept.
func firstKept(c *client) (first int) {
	c.send("IN go HISTORY 1 AFTER 0\n")
	first = 1
	for line := c.line(); !strings.HasPrefix(line, "OK HISTORY"); line = c.line() {
		var gone int
		if n, _ := fmt.Sscanf(line, "GAP go 1 %d retention", &gone); n == 1 {
			first = gone + 1
		}
	}
	return first
}

// TestRetain has each rule of the flag drop posts at the next start, and sees what
// is kept after one more start without it.
func TestRetain(t *testing.T) {
	t.Parallel()
	const n = 3000
	for _, test := range []struct {
		rule     string
		min, max int // the first number that is kept
	}{
		{"age=30d", n/2 + 1, n/2 + 1},
		{"posts=100", n - 99, n - 99},
		{"size=800000", n / 4, n - 100},
		{"posts=2000,age=30d", n/2 + 1, n/2 + 1}, // age keeps fewer
		{"posts=1000,age=30d", n - 999, n - 999}, // posts does
	} {
		t.Run(test.rule, func(t *testing.T) {
			t.Parallel()
			data := importPosts(t, n, strings.Repeat("x", 400))
			t.Run("with the rule", func(t *testing.T) {
				bob := dial(t, startDaemon(t, "--data", data, "--retain", test.rule))
				bob.line()
				for firstKept(bob) < test.min { // until it is carried out
				}
			})
			t.Run("without it", func(t *testing.T) {
				bob := dial(t, startDaemon(t, "--data", data))
				bob.line()
				if first := firstKept(bob); first < test.min || first > test.max {
					t.Errorf("the first post that is kept is %d, want %d to %d", first, test.min, test.max)
				}
				bob.send("IN go POST and on\n")
				bob.expect(fmt.Sprintf("OK POST go %d", n+1))
			})
			succeed(t, "check", "--data", data)
		})
	}
}
