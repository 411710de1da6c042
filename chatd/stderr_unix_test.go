//go:build unix

package main

import (
	"context"
	"io"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"

	"linechat/scripts/harness"
)

// pipeBytes is more than a pipe holds before its writer waits.
const pipeBytes = 256 << 10

// TestStderrThatNobodyReads: when stderr takes no more, sessions still begin, post, are
// answered and end, and SIGTERM still stops chatd in order.
func TestStderrThatNobodyReads(t *testing.T) {
	t.Parallel()
	cmd, _, address := startUnread(t)
	const line = `time=2026-01-01T00:00:00.000Z level=INFO msg="session ended" why=quit`
	for range pipeBytes / len(line) {
		endSession(t, address)
	}
	goesOn(t, cmd, address)
}

// TestStderrWhoseReaderHasGone: the same, when writing to stderr fails.
func TestStderrWhoseReaderHasGone(t *testing.T) {
	t.Parallel()
	cmd, stderr, address := startUnread(t)
	_ = stderr.Close()
	endSession(t, address)
	goesOn(t, cmd, address)
}

// startUnread starts chatd, and reads its stderr until it listens.
func startUnread(t *testing.T) (cmd *exec.Cmd, stderr *os.File, address string) {
	t.Helper()
	stderr, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = stderr.Close() })
	ctx, cancel := context.WithTimeout(t.Context(), 3*patience)
	t.Cleanup(cancel)
	cmd = exec.CommandContext(ctx, "chatd", "--listen", "127.0.0.1:0", "--data", t.TempDir())
	cmd.Stderr, cmd.Env = w, harness.Environment()
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cmd.Process.Kill() }) // it has ended, unless the test failed
	_ = w.Close()
	return cmd, stderr, listensAt(t, stderr, 1)[0]
}

// endSession has a session end, which chatd logs.
func endSession(t *testing.T, address string) {
	t.Helper()
	c := dial(t, address)
	c.send("QUIT\n")
	if all, err := io.ReadAll(c.In); err != nil || !strings.Contains(string(all), "\nBYE quit") {
		t.Fatalf("a session ends with %v, after %q", err, all)
	}
	_ = c.Close()
}

// goesOn posts, and stops chatd in order.
func goesOn(t *testing.T, cmd *exec.Cmd, address string) {
	t.Helper()
	c := dial(t, address)
	c.send("NICK alice\nCREATE go\nIN go POST hello\n")
	if hello := c.line(); !strings.HasPrefix(hello, "HELLO ") {
		t.Errorf("a newcomer is told %q", hello)
	}
	c.expect("OK NICK alice")
	c.expect("OK CREATE go")
	c.expect("OK POST go 1")
	if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if err := cmd.Wait(); err != nil {
		t.Errorf("chatd ended with %v", err)
	}
}
