//go:build linux

package main

import (
	"os"
	"strings"
	"testing"
)

// TestHelpThatCannotBeWritten: help that a full disk does not take is an error,
// and none of usage.
func TestHelpThatCannotBeWritten(t *testing.T) {
	full, err := os.OpenFile("/dev/full", os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer full.Close()
	for _, line := range []string{"--help", "--version", "help check", "check --help", "completion bash"} {
		var stderr strings.Builder
		code := run(strings.Fields(line), strings.NewReader(""), full, &stderr)
		if code != exitFailed || !strings.HasSuffix(stderr.String(), ": write /dev/full: no space left on device\n") {
			t.Errorf("chatd %s ended with %d and said %q", line, code, &stderr)
		}
	}
}
