//go:build unix

package main

import (
	"os"
	"syscall"
	"testing"
)

// TestMOTDIsReadAgain: a session is greeted with the file of --motd, and later ones,
// after the signal to reload, with what the file says then.
func TestMOTDIsReadAgain(t *testing.T) {
	t.Parallel()
	motd := file(t, "an old one\n")
	address, signals := startWithSignals(t, "--memory", "--motd", motd)
	greeting := func() string {
		c := dial(t, address)
		defer c.Close()
		c.line()
		return c.line()
	}
	if got := greeting(); got != "NOTICE an old one" {
		t.Errorf("a session is greeted with %q", got)
	}
	if err := os.WriteFile(motd, []byte("a new one\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for range 2 { // when the second one is taken, the first is carried out
		signals <- syscall.SIGHUP
	}
	if got := greeting(); got != "NOTICE a new one" {
		t.Errorf("after the signal, a session is greeted with %q", got)
	}
}
