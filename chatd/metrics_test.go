package main

import (
	"context"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// startWithMetrics starts a daemon that serves metrics on a Unix socket, and returns its
// address and how to get a page of them.
func startWithMetrics(t *testing.T, args ...string) (address string, get func(path string) (int, string)) {
	t.Helper()
	dir, err := os.MkdirTemp("", "") // shorter than t.TempDir, for a socket
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	path := filepath.Join(dir, "metrics")
	address = startDaemon(t, append([]string{"--metrics", "unix://" + path}, args...)...)
	transport := &http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "unix", path)
	}}
	t.Cleanup(transport.CloseIdleConnections)
	client := http.Client{Transport: transport, Timeout: patience}
	return address, func(path string) (int, string) {
		t.Helper()
		r, err := client.Get("http://chatd" + path)
		if err != nil {
			t.Fatal(err)
		}
		defer r.Body.Close()
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Fatal(err)
		}
		return r.StatusCode, string(body)
	}
}

// wantMetrics fails unless a page has these lines.
func wantMetrics(t *testing.T, page string, lines ...string) {
	t.Helper()
	for _, line := range lines {
		if !strings.Contains(page, "\n"+line+"\n") {
			t.Errorf("the metrics lack %q:\n%s", line, page)
		}
	}
}

func TestMetrics(t *testing.T) {
	t.Parallel()
	address, get := startWithMetrics(t, "--data", filepath.Join(t.TempDir(), "data"))
	c := dial(t, address)
	c.line()
	c.send("NICK zaphod\nCREATE heartofgold\nJOIN heartofgold\n")
	c.expect("OK NICK zaphod")
	c.expect("OK CREATE heartofgold")
	c.expect("OK JOIN heartofgold 1 0")
	_, page := get("/metrics")
	wantMetrics(t, page, `chatd_sessions{door="tcp",kind="guest"} 1`, `chatd_rooms{of="guests"} 1`, "chatd_members 1", "chatd_rooms_in_use 1", "chatd_ready 1", "chatd_accounts 0",
		"chatd_received_bytes_total 48", "chatd_max_store_bytes 1e+10")
	for _, secret := range []string{"zaphod", "heartofgold", "127.0.0.1"} {
		if strings.Contains(page, secret) {
			t.Errorf("the metrics name %s:\n%s", secret, page)
		}
	}
	if code, body := get("/readyz"); code != http.StatusOK {
		t.Errorf("ready: %d %s", code, body)
	}
	if code, _ := get("/debug/pprof/"); code != http.StatusNotFound {
		t.Errorf("profiles without --debug: %d", code)
	}
	manualNames(t, page)
}

// manualNames fails unless chatd.8 names each metric of chatd's own.
func manualNames(t *testing.T, page string) {
	t.Helper()
	manual, err := os.ReadFile("../scripts/man/chatd.8")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range regexp.MustCompile(`(?m)^# TYPE (chatd_\w+)`).FindAllStringSubmatch(page, -1) {
		if !regexp.MustCompile(`\b` + name[1] + `\b`).Match(manual) {
			t.Errorf("chatd.8 does not name %s", name[1])
		}
	}
}

func TestDebug(t *testing.T) {
	t.Parallel()
	_, get := startWithMetrics(t, "--memory", "--debug")
	if code, body := get("/debug/pprof/goroutine?debug=1"); code != http.StatusOK || !strings.Contains(body, "goroutine profile") {
		t.Errorf("profiles with --debug: %d %s", code, body)
	}
	_, page := get("/metrics")
	if strings.Contains(page, "chatd_disk_free_bytes") {
		t.Errorf("a store in memory has a disk:\n%s", page)
	}
}
