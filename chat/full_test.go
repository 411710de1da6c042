//go:build linux

package main

import (
	"os"
	"strings"
	"testing"
)

// TestHelpThatCannotBeWritten: help that a full disk does not take is an error.
func TestHelpThatCannotBeWritten(t *testing.T) {
	full, err := os.OpenFile("/dev/full", os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer full.Close()
	for _, line := range []string{"--help", "--version", "help tail", "tail --help"} {
		stderr, err := os.CreateTemp(t.TempDir(), "")
		if err != nil {
			t.Fatal(err)
		}
		code := run(strings.Fields(line), os.LookupEnv, os.Stdin, full, stderr)
		said, err := os.ReadFile(stderr.Name())
		if err != nil || stderr.Close() != nil {
			t.Fatal(err)
		}
		if code != exitRefused || string(said) != "chat: write /dev/full: no space left on device\n" {
			t.Errorf("chat %s ended with %d and said %q", line, code, said)
		}
	}
}
