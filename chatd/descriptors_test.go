//go:build unix

package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"linechat/scripts/harness"
)

// Where descriptors are few, connections leave enough of them: whoever comes when there
// is no place is told so, accepting never fails, and posts are still kept and found.
func TestConnectionsLeaveDescriptors(t *testing.T) {
	const descriptors = 200
	dir := t.TempDir()
	program := limitedChatd(t, dir, descriptors)
	chatd, err := harness.StartChatd(program, dir, "127.0.0.1:0", "--max-connections", "1000")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(chatd.Kill)
	sessions := make([]*client, 0, descriptors)
	for len(sessions) < descriptors {
		c := dial(t, chatd.Address)
		if line := c.line(); !strings.HasPrefix(line, "HELLO ") {
			break
		}
		sessions = append(sessions, c)
	}
	if n := len(sessions); n < descriptors/2 || n == descriptors {
		t.Fatalf("%d descriptors did for %d sessions", descriptors, n)
	}
	for range descriptors {
		if line := dial(t, chatd.Address).line(); !strings.HasPrefix(line, "BYE too-many") {
			t.Fatalf("a newcomer is told %q", line)
		}
	}
	c := sessions[0]
	c.send("CREATE go\nIN go POST found\nIN go HISTORY 1\nIN go SEARCH found\n")
	c.expect("OK CREATE go")
	c.expect("OK POST go 1")
	c.line()
	c.expect("OK HISTORY go 1 1")
	c.line()
	c.expect("OK SEARCH go 1 1")
	if output, err := os.ReadFile(filepath.Join(dir, "log")); err != nil || bytes.Contains(output, []byte("accepting waits")) {
		t.Errorf("accepting has failed: %v\n%s", err, output)
	}
}

// Too few descriptors for a second connection are no secret.
func TestTooFewDescriptorsAreLogged(t *testing.T) {
	dir := t.TempDir()
	chatd, err := harness.StartChatd(limitedChatd(t, dir, 64), dir, "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(chatd.Kill)
	if output, err := os.ReadFile(filepath.Join(dir, "log")); err != nil || !bytes.Contains(output, []byte("limit of descriptors is too low")) {
		t.Errorf("the log does not say that descriptors are too few: %v\n%s", err, output)
	}
}

// limitedChatd writes a script that runs chatd with so many descriptors at most, and
// returns its path.
func limitedChatd(t *testing.T, dir string, descriptors int) string {
	t.Helper()
	program := filepath.Join(dir, "limited-chatd")
	script := fmt.Sprintf("#!/bin/sh\nulimit -n %d && exec chatd \"$@\"\n", descriptors)
	if err := os.WriteFile(program, []byte(script), 0o755); err != nil {
		t.Fatal(err)
	}
	return program
}
