package main

import (
	"strings"
	"testing"
)

// A store that is as large as it may become refuses guests with the limit; it is still read,
// and it takes posts again when the limit is raised.
func TestMaxStore(t *testing.T) {
	t.Parallel()
	data := t.TempDir()
	t.Run("without a limit", func(t *testing.T) {
		c := dial(t, startDaemon(t, "--data", data, "--max-store", "0"))
		c.send("CREATE go\nIN go POST one\n")
		c.answers("OK CREATE go", "OK POST go 1")
	})
	t.Run("beyond it", func(t *testing.T) {
		c := dial(t, startDaemon(t, "--data", data, "--max-store", "1KB"))
		const why = "the server has stored the 1.0 kB that it may, and this was not stored; accounts may still post a little: LOGIN, or ask its operator to raise --max-store; reading still works"
		c.send("IN go POST two\nCREATE golf\nIN go HISTORY\nFORMAT json\nIN go POST two\n")
		c.answers("ERR POST store "+why, "ERR CREATE store "+why, "OK HISTORY go 1 1",
			`{"type":"ok","verb":"FORMAT","format":"json"}`, `{"type":"err","verb":"POST","code":"store","text":"`+why+`","limit":1000}`)
	})
	t.Run("with another", func(t *testing.T) {
		c := dial(t, startDaemon(t, "--data", data, "--max-store", "1GB"))
		c.send("IN go POST two\n")
		c.answers("OK POST go 2")
	})
}

// answers expects the ends of answers, one after the other, and passes over other lines.
func (c *client) answers(want ...string) {
	c.t.Helper()
	for _, w := range want {
		line := c.line()
		for strings.HasPrefix(line, "HELLO ") || strings.HasPrefix(line, "PAST ") {
			line = c.line()
		}
		if line != w {
			c.t.Fatalf("got  %q\nwant %q", line, w)
		}
	}
}
