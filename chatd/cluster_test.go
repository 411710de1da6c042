package main

import (
	"bytes"
	"log/slog"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/nats-io/nats.go"
	js "github.com/nats-io/nats.go/jetstream"

	"linechat/chatd/internal/backplane/jetstream/natstest"
	"linechat/chatd/internal/listener"
)

// sharedFlags returns the flags of a chat that has a nats-server to itself.
func sharedFlags(t *testing.T) []string {
	t.Helper()
	return flagsOf(natstest.Run(t, 1))
}

func flagsOf(servers natstest.Servers) []string {
	return []string{"--nats", strings.Join(servers.URLs(), ","), "--nats-monitor", strings.Join(servers.Monitors(), ","), "--nats-replicas", "1", "--nats-max-bytes", "64MiB"}
}

// on returns flags with a data directory.
func on(data string, flags ...string) []string { return append([]string{"--data", data}, flags...) }

// TestTwoMachines has two daemons be one chat, the second of which comes later.
func TestTwoMachines(t *testing.T) {
	t.Parallel()
	flags := sharedFlags(t)
	addresses, get := startWithMetrics(t, on(filepath.Join(t.TempDir(), "first"), flags...)...)
	alice := dial(t, addresses[0])
	alice.line()
	alice.send("NICK alice\nCREATE go\nJOIN go\nPOST one\n")
	for _, want := range []string{"OK NICK alice", "OK CREATE go", "OK JOIN go 1 0", "MSG go 1 alice one", "OK POST go 1"} {
		alice.expect(want)
	}
	bob := dial(t, startDaemon(t, on(filepath.Join(t.TempDir(), "second"), flags...)...))
	bob.line()
	bob.send("NICK alice\nNICK bob\nJOIN go AFTER 0\nPOST two\n")
	if got := bob.line(); !strings.HasPrefix(got, "ERR NICK nick-taken ") {
		t.Errorf("a nick of another machine is answered %q", got)
	}
	bob.expect("OK NICK bob")
	if got := bob.line(); !strings.HasPrefix(got, "PAST ") || !strings.HasSuffix(got, " MSG go 1 alice one") {
		t.Errorf("the post of another machine is %q", got)
	}
	for _, want := range []string{"OK JOIN go 2 1", "MSG go 2 bob two", "OK POST go 2"} {
		bob.expect(want)
	}
	alice.expect("JOINED go bob")
	alice.expect("MSG go 2 bob two")

	_, page := get("/metrics")
	wantMetrics(t, page, "chatd_log_machines 2", "chatd_log_behind_seconds 0", "chatd_ready 1", `chatd_log_void_records_total{outcome="hole"} 0`)
	for _, name := range []string{"chatd_log_applied", "chatd_log_stored", "chatd_log_hash", "chatd_log_verdict_seconds_count", "chatd_log_last_record_seconds"} {
		if !regexp.MustCompile(`(?m)^` + name + ` [1-9]`).MatchString(page) {
			t.Errorf("%s is not above 0:\n%s", name, page)
		}
	}
	manualNames(t, page)
}

// TestMachineWithoutCopy starts where the log has been cut, on an empty disk and on an old one.
func TestMachineWithoutCopy(t *testing.T) {
	t.Parallel()
	servers := natstest.Run(t, 1)
	flags := flagsOf(servers)
	old := filepath.Join(t.TempDir(), "old")
	succeed(t, append(append([]string{"import"}, on(old, flags...)...), file(t, lines(empty)))...)
	alice := dial(t, startDaemon(t, on(filepath.Join(t.TempDir(), "first"), flags...)...))
	alice.line()
	alice.send("CREATE go\nIN go POST one\n")
	alice.expect("OK CREATE go")
	alice.expect("OK POST go 1")
	cutLog(t, servers)

	bob := dial(t, startDaemon(t, on(filepath.Join(t.TempDir(), "second"), flags...)...))
	bob.line()
	bob.send("IN go HISTORY\nIN go POST two\n")
	if got := bob.line(); !strings.HasPrefix(got, "PAST ") || !strings.HasSuffix(got, " one") {
		t.Errorf("what was posted before the cut is %q", got)
	}
	bob.expect("OK HISTORY go 1 1")
	bob.expect("OK POST go 2")

	_, err := start(t.Context(), parseOptions(t, append(on(old, flags...), "--listen", "127.0.0.1:0")), slog.New(slog.DiscardHandler))
	for _, part := range []string{"the stream begins at", "move the data directory away"} {
		if err == nil || !strings.Contains(err.Error(), part) {
			t.Errorf("with a copy from before the cut: %v; want %q", err, part)
		}
	}
}

// cutLog deletes all records of the log but the last.
func cutLog(t *testing.T, servers natstest.Servers) {
	t.Helper()
	conn, err := nats.Connect(servers.URLs()[0])
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	context, err := js.New(conn)
	if err != nil {
		t.Fatal(err)
	}
	stream, err := context.Stream(t.Context(), "chat")
	if err == nil {
		err = stream.Purge(t.Context(), js.WithPurgeKeep(1))
	}
	if err != nil {
		t.Fatal(err)
	}
}

// TestImportIntoLog imports an export into a chat on several machines, beside one that runs.
func TestImportIntoLog(t *testing.T) {
	t.Parallel()
	flags := sharedFlags(t)
	alice := dial(t, startDaemon(t, on(filepath.Join(t.TempDir(), "running"), flags...)...))
	alice.line()
	old, data := t.TempDir(), filepath.Join(t.TempDir(), "importing")
	export := lines(`{"type":"account","id":7,"nick":"bob","made":"2026-11-23T10:00:00.000000000Z"}`, goRoom, goOne, goTwo, goLast, empty,
		`{"type":"room","room":"past","made":"2026-11-23T10:00:00.000000000Z","first":9,"head":8,"dropped":"2026-11-23T11:00:00.000000000Z"}`)
	succeed(t, "import", "--data", old, file(t, export))
	was := succeed(t, "export", "--data", old)

	said := succeed(t, append(append([]string{"import"}, on(data, flags...)...), file(t, was))...)
	if !strings.HasSuffix(said, ": 3 rooms, 3 posts imported\n") {
		t.Errorf("it says %q", said)
	}
	if got := succeed(t, "export", "--data", data); got != was {
		t.Errorf("there is\n%s\nwant\n%s", got, was)
	}
	alice.send("NICK bob\nIN go HISTORY 1\n")
	if got := alice.line(); !strings.HasPrefix(got, "ERR NICK nick-registered ") {
		t.Errorf("the account's nick is answered %q", got)
	}
	if got := alice.line(); !strings.HasPrefix(got, "PAST ") || !strings.Contains(got, "MSG go 3 ") {
		t.Errorf("the last post is %q", got)
	}

	code, _, stderr := runCommand(append(append([]string{"import"}, on(data, flags...)...), file(t, lines(goRoom)))...)
	if want := "chatd import: line 1: there is a room go already, or one that looks like it "; code != exitFailed || !strings.HasPrefix(stderr, want) {
		t.Errorf("a second import ends with %d and %q", code, stderr)
	}
}

// TestImportOfPartIntoLog leaves nothing of a room of which posts are missing.
func TestImportOfPartIntoLog(t *testing.T) {
	t.Parallel()
	data := filepath.Join(t.TempDir(), "data")
	code, _, stderr := runCommand(append(append([]string{"import"}, on(data, sharedFlags(t)...)...), file(t, lines(empty, goRoom, goOne, goLast)))...)
	if code != exitFailed || !strings.Contains(stderr, "post 2 is missing before post 3") {
		t.Errorf("it ends with %d and %q", code, stderr)
	}
	if got := succeed(t, "export", "--data", data); got != lines(empty) {
		t.Errorf("there is\n%s", got)
	}
}

// TestHostKeyOfEachMachine warns where clients of SSH would meet another key at each.
func TestHostKeyOfEachMachine(t *testing.T) {
	t.Parallel()
	flags := append(sharedFlags(t), "--listen", "ssh://127.0.0.1:0")
	key := filepath.Join(t.TempDir(), "key")
	if _, err := listener.EnsureHostKey(key); err != nil {
		t.Fatal(err)
	}
	for _, shared := range []bool{false, true} {
		var log bytes.Buffer
		args := on(filepath.Join(t.TempDir(), "data"), flags...)
		if shared {
			args = append(args, "--ssh-host-key", key)
		}
		d, err := start(t.Context(), parseOptions(t, args), slog.New(slog.NewTextHandler(&log, nil)))
		if err != nil {
			t.Fatal(err)
		}
		if err := d.stop(); err != nil {
			t.Error(err)
		}
		if warned := strings.Contains(log.String(), "--ssh-host-key"); warned == shared {
			t.Errorf("with a shared key: %v, warned: %v", shared, warned)
		}
	}
}
