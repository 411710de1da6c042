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
	chatd, alice := startLimited(t)
	strangers := hoard(t, chatd.Address, 5000)
	if rss := bytesOf(t, chatd.Resident); rss < memoryLimit*8/10 {
		t.Errorf("connections are refused with %d bytes in use", rss)
	}
	keptTo(t, chatd, alice)
	for _, c := range strangers {
		_ = c.Close()
	}
	for began := time.Now(); !strings.HasPrefix(dial(t, chatd.Address).line(), "HELLO "); {
		if time.Since(began) > patience {
			t.Fatalf("nobody gets in with %d bytes in use", bytesOf(t, chatd.Resident))
		}
	}
}

// Those who have connected before memory is short take no more than there is, either: their
// PASTEs are dropped, and they are told.
func TestMemoryLimitOfSessions(t *testing.T) {
	t.Parallel()
	chatd, alice := startLimited(t)
	strangers := make([]*client, 1000)
	for i := range strangers {
		strangers[i] = dial(t, chatd.Address)
		strangers[i].line()
	}
	for _, c := range strangers {
		c.send("IN go PASTE\n" + body)
	}
	keptTo(t, chatd, alice)
	refused := 0
	for _, c := range strangers {
		c.send(".\n")
		c.expect("SEND go end with a line of a single .")
		if strings.HasPrefix(c.line(), "ERR PASTE rate-limited the server is short of memory") {
			refused++
		}
	}
	if refused == 0 {
		t.Error("all PASTEs were kept: the test is too small")
	}
}

// The limit of these tests' chatds, which is the lowest that there is, and the lines of a
// stranger's PASTE.
const memoryLimit = 64_000_000

var body = strings.Repeat(strings.Repeat("x", 1000)+"\n", 60)

// startLimited starts a chatd with the limit, and a client that has made room go.
func startLimited(t *testing.T) (*harness.Chatd, *client) {
	t.Helper()
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
	return chatd, alice
}

// keptTo fails unless alice is served, and the limit was kept to.
func keptTo(t *testing.T, chatd *harness.Chatd, alice *client) {
	t.Helper()
	alice.send("IN go POST two\nIN go HISTORY\n")
	alice.expect("OK POST go 2")
	for _, want := range []string{"one", "two", "OK HISTORY go 2"} {
		if got := alice.line(); !strings.Contains(got, want) {
			t.Errorf("got %q, want %q", got, want)
		}
	}
	if peak := bytesOf(t, chatd.PeakResident); peak > memoryLimit {
		t.Errorf("chatd had %d bytes, and may have %d", peak, memoryLimit)
	} else {
		t.Logf("chatd had %d bytes at most", peak)
	}
}

// hoard connects again and again, and begins a PASTE each time, until it is refused for want
// of memory.
func hoard(t *testing.T, address string, max int) (all []*client) {
	t.Helper()
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
