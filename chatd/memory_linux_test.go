package main

import (
	"strings"
	"testing"
	"time"

	"linechat/scripts/harness"
)

// A chatd of 64 MB refuses connections before a stranger's unfinished PASTEs take more than
// that, those who talk notice nothing, and it takes connections again when the PASTEs have gone.
func TestMemoryLimit(t *testing.T) {
	t.Parallel()
	const limit = 64_000_000
	program, err := harness.Build(t.Context(), t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	chatd, err := harness.StartChatd(program, t.TempDir(), "127.0.0.1:0", "--memory-limit", "64MB")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(chatd.Kill)
	alice := dial(t, chatd.Address)
	alice.line()
	alice.send("CREATE go\nIN go POST one\n")
	alice.expect("OK CREATE go")
	alice.expect("OK POST go 1")

	strangers := hoard(t, chatd.Address, 5000)
	if rss := bytesOf(t, chatd.Resident); rss < limit*8/10 {
		t.Errorf("connections are refused with %d bytes in use", rss)
	}
	alice.send("IN go POST two\nIN go HISTORY\n")
	alice.expect("OK POST go 2")
	for _, want := range []string{"one", "two", "OK HISTORY go 2"} {
		if got := alice.line(); !strings.Contains(got, want) {
			t.Errorf("got %q, want %q", got, want)
		}
	}
	peak := bytesOf(t, chatd.PeakResident)
	t.Logf("%d strangers, %d bytes at most", len(strangers), peak)
	if peak > limit {
		t.Errorf("chatd had %d bytes, and may have %d", peak, limit)
	}
	for _, c := range strangers {
		_ = c.Close()
	}
	for began := time.Now(); !strings.HasPrefix(dial(t, chatd.Address).line(), "HELLO "); {
		if time.Since(began) > patience {
			t.Fatalf("nobody gets in with %d bytes in use", bytesOf(t, chatd.Resident))
		}
	}
}

// hoard connects again and again, and begins a PASTE each time, until it is refused for want
// of memory.
func hoard(t *testing.T, address string, max int) (all []*client) {
	t.Helper()
	body := strings.Repeat(strings.Repeat("x", 1000)+"\n", 60)
	for range max {
		c := dial(t, address)
		all = append(all, c)
		if line := c.line(); strings.HasPrefix(line, "BYE too-many the server is short of memory") {
			return all
		} else if !strings.HasPrefix(line, "HELLO ") {
			t.Fatalf("a connection reads %q", line)
		}
		c.send("IN go PASTE\n" + body)
	}
	t.Fatalf("%d PASTEs are kept", max)
	return nil
}

// bytesOf returns a figure of a process's memory.
func bytesOf(t *testing.T, figure func() (float64, error)) int64 {
	t.Helper()
	n, err := figure()
	if err != nil {
		t.Fatal(err)
	}
	return int64(n)
}
