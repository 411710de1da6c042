package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
	"unicode/utf8"
)

// runCommand carries out a command line, and returns what it says.
func runCommand(args ...string) (code int, stdout, stderr string) {
	var out, errs bytes.Buffer
	code = run(args, strings.NewReader(""), &out, &errs)
	return code, out.String(), errs.String()
}

// succeed carries out a command line that has nothing to complain of.
func succeed(t *testing.T, args ...string) (stdout string) {
	t.Helper()
	code, stdout, stderr := runCommand(args...)
	if code != exitOK || stderr != "" {
		t.Fatalf("chatd %s ends with %d: %s", strings.Join(args, " "), code, stderr)
	}
	return stdout
}

// file makes a file with this content.
func file(t *testing.T, content string) (path string) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// The help of each command fits a terminal of 80 columns, with nothing that was quoted twice.
func TestHelpFitsATerminal(t *testing.T) {
	for _, command := range []string{"", "admin", "backup", "cert", "check", "completion", "export", "help", "import", "limits"} {
		for _, line := range strings.Split(succeed(t, strings.Fields("help "+command)...), "\n") {
			if utf8.RuneCountInString(line) > 80 || strings.Contains(line, `\\`) {
				t.Errorf("chatd help %s: %s", command, line)
			}
		}
	}
}

// TestProgressIsOfOneLine: each text covers the one before it.
func TestProgressIsOfOneLine(t *testing.T) {
	t.Parallel()
	var screen bytes.Buffer
	p := &progress{terminal: &screen}
	p.update("checked", 1, 4)
	p.show("not yet")
	p.shown = time.Time{}
	p.show("5 Äpfel")
	p.clear()
	p.clear()
	if got, want := screen.String(), "\rchecked: 25 %\r5 Äpfel      \r       \r"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}
