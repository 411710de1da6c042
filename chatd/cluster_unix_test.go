//go:build unix

package main

import (
	"bufio"
	"os/exec"
	"strings"
	"syscall"
	"testing"

	"linechat/scripts/harness"
)

// TestStopWhileWaiting stops chatd while it waits for nats-servers that are not there.
func TestStopWhileWaiting(t *testing.T) {
	t.Parallel()
	cmd := exec.CommandContext(t.Context(), "chatd", "--listen", "127.0.0.1:0", "--data", t.TempDir(), "--nats", "nats://127.0.0.1:1")
	cmd.Env = harness.Environment()
	stderr, err := cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	log := bufio.NewScanner(stderr)
	for log.Scan() && !strings.Contains(log.Text(), "waiting for the nats-servers") {
	}
	if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	for log.Scan() { // to its end, which Wait is to come after
	}
	if err := cmd.Wait(); err != nil {
		t.Errorf("chatd ended with %v", err)
	}
}
