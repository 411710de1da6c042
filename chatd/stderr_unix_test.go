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

// TestStderrThatNobodyReads: when stderr takes no more, sessions still begin, post, are
// answered and end, and SIGTERM still stops chatd in order.
func TestStderrThatNobodyReads(t *testing.T) {
	t.Parallel()
	cmd, _, stderr, address := startUnread(t)
	fill(t, stderr)
	endSession(t, address)
	goesOn(t, cmd, address)
}

// fill writes to a pipe until it takes no more.
func fill(t *testing.T, pipe *os.File) {
	t.Helper()
	fd := int(pipe.Fd())
	if err := syscall.SetNonblock(fd, true); err != nil {
		t.Fatal(err)
	}
	for size := 4 << 10; size > 0; {
		switch _, err := syscall.Write(fd, make([]byte, size)); err {
		case nil, syscall.EINTR:
		case syscall.EAGAIN:
			size /= 2
		default:
			t.Fatal(err)
		}
	}
	if err := syscall.SetNonblock(fd, false); err != nil { // chatd shares it
		t.Fatal(err)
	}
}

// TestStderrWhoseReaderHasGone: the same, when writing to stderr fails.
func TestStderrWhoseReaderHasGone(t *testing.T) {
	t.Parallel()
	cmd, stderr, w, address := startUnread(t)
	_ = stderr.Close()
	_ = w.Close()
	endSession(t, address)
	goesOn(t, cmd, address)
}

// startUnread starts chatd, and reads its stderr until it listens. It returns both ends of
// that pipe.
func startUnread(t *testing.T) (cmd *exec.Cmd, stderr, w *os.File, address string) {
	t.Helper()
	stderr, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _, _ = stderr.Close(), w.Close() })
	ctx, cancel := context.WithTimeout(t.Context(), 3*patience)
	t.Cleanup(cancel)
	cmd = exec.CommandContext(ctx, "chatd", "--listen", "127.0.0.1:0", "--data", t.TempDir())
	cmd.Stderr, cmd.Env = w, harness.Environment()
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cmd.Process.Kill() }) // it has ended, unless the test failed
	return cmd, stderr, w, listensAt(t, stderr, 1)[0]
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
