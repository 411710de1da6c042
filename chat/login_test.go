//go:build unix

package main

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// keptNowhere wants a password to be neither on a screen, its scrollback included, nor in
// what chat has kept.
func (s *tmuxSession) keptNowhere(password string) {
	s.t.Helper()
	if all := strings.Join(s.All(), "\n"); strings.Contains(all, password) {
		s.t.Errorf("the password was shown:\n%s", all)
	}
	_ = filepath.WalkDir(s.dir, func(path string, _ os.DirEntry, _ error) error {
		if kept, err := os.ReadFile(path); err == nil && strings.Contains(string(kept), password) {
			s.t.Errorf("%s has the password: %q", path, kept)
		}
		return nil
	})
}

// TestAskedForPassword: chat asks before it connects, and shows nothing of what is typed;
// a signal has the terminal be as it was.
func TestAskedForPassword(t *testing.T) {
	t.Parallel()
	d := startDaemon(t)
	for _, sig := range []syscall.Signal{syscall.SIGINT, syscall.SIGTERM} { // SIGINT is that of Ctrl-C
		alice := d.tmux(80, 24, "--login", "alice", "go")
		alice.wants("Password of alice:")
		alice.signal(sig)
		alice.ended(exitInterrupted)
	}
	alice := d.tmux(80, 24, "--login", "alice", "go")
	alice.wants("Password of alice:")
	alice.Text("s3cret")
	alice.Keys("Enter")
	alice.ended(exitRefused)
	alice.keptNowhere("s3c")
	alice = d.tmux(80, 24, "--login", "alice", "go")
	alice.wants("Password of alice:")
	alice.Keys("Enter")
	alice.shows("chat: not logged in: no password was typed")
	alice.ended(exitRefused)
}
