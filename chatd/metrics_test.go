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
	"time"
)

// startWithMetrics starts a daemon that serves metrics on a Unix socket, and returns its
// addresses and how to get a page of them.
func startWithMetrics(t *testing.T, args ...string) (addresses []string, get func(path string) (int, string)) {
	t.Helper()
	dir, err := os.MkdirTemp("", "") // shorter than t.TempDir, for a socket
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	path := filepath.Join(dir, "metrics")
	addresses, _ = startListening(t, append([]string{"--metrics", "unix://" + path}, args...)...)
	transport := &http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "unix", path)
	}}
	t.Cleanup(transport.CloseIdleConnections)
	client := http.Client{Transport: transport, Timeout: patience}
	return addresses, func(path string) (int, string) {
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
	addresses, get := startWithMetrics(t, "--data", filepath.Join(t.TempDir(), "data"), "--max-store", "10GB")
	c := dial(t, addresses[0])
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

// What happens is counted and measured.
func TestMetricsOfWhatHappens(t *testing.T) {
	t.Parallel()
	cert, _, _ := newPair(t)
	addresses, get := startWithMetrics(t, append(cert, "--data", filepath.Join(t.TempDir(), "data"))...)
	bob, alice := dial(t, addresses[0]), dial(t, addresses[0])
	bob.line()
	bob.send("CREATE go\nJOIN go\n")
	bob.expect("OK CREATE go")
	bob.expect("OK JOIN go 1 0")
	alice.line()
	alice.send("NICK alice\nREGISTER correct horse\nJOIN go\nSEARCH word\nJOIN nowhere\nSWORDFISH\n")
	for _, want := range []string{"OK NICK", "OK REGISTER", "OK JOIN", "OK SEARCH", "ERR JOIN no-such-room", "ERR SWORDFISH unknown-command"} {
		if got := alice.line(); !strings.HasPrefix(got, want) {
			t.Fatalf("got %q, want %q", got, want)
		}
	}
	alice.send("POST one\n")
	alice.expect("MSG go 1 alice one")
	alice.expect("OK POST go 1")
	bob.expect("JOINED go alice")
	bob.expect("MSG go 1 alice one")
	dialTLS(t, addresses[1]).do("QUIT", "HELLO ")
	alice.send("QUIT\n")
	alice.expect("OK QUIT")
	for _, want := range []string{
		"chatd_posts_total 1", "chatd_deliveries_total 2", "chatd_fan_out_seconds_count 1", "chatd_commit_posts_count 1", "chatd_commit_posts_sum 1", "chatd_failed_commits_total 0",
		"chatd_search_seconds_count 1", "chatd_hash_seconds_count 1", `chatd_refusals_total{code="no-such-room",verb="JOIN"} 1`, `chatd_refusals_total{code="unknown-command",verb="-"} 1`,
		`chatd_ends_total{reason="quit"} 2`, `chatd_handshake_seconds_count{door="tls",result="ok"} 1`,
	} {
		page, since := "", time.Now()
		for !strings.Contains(page, "\n"+want+"\n") { // what was answered is counted soon after
			if time.Since(since) > patience {
				t.Fatalf("the metrics lack %q:\n%s", want, page)
			}
			_, page = get("/metrics")
		}
		if strings.Contains(page, "SWORDFISH") {
			t.Fatalf("a word of a client is a label:\n%s", page)
		}
	}
	_, page := get("/metrics")
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
