//go:build linux || darwin || freebsd || openbsd

package main

import (
	"os"
	"strings"
	"testing"
)

// adminDir returns a data directory for a daemon whose socket has a short path: some
// systems allow 104 bytes.
func adminDir(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "chatd")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	return dir
}

// chatd admin exits by the answer, in whatever form that comes.
func TestAdminExitsByTheAnswer(t *testing.T) {
	t.Parallel()
	data := adminDir(t)
	startDaemon(t, "--data", data)
	for _, test := range []struct {
		line           string
		code           int
		stdout, stderr string // how each begins; "": it is empty
	}{
		{"CREATE go", exitOK, "OK CREATE go\n", ""},
		{"CREATE go", exitFailed, "", "ERR CREATE room-exists "},
		{"FORMAT json", exitOK, `{"type":"ok","verb":"FORMAT","format":"json"}` + "\n", ""},
		{"FORMAT people", exitOK, "-- this is FORMAT people", ""},
		{"TALK", exitOK, "-- what you type is posted", ""},
		{"FORMAT xml", exitFailed, "", "ERR FORMAT bad-arguments "},
		{"IN go PASTE", exitFailed, "", "chatd admin: PASTE takes further lines"},
		{"QUIT", exitOK, "OK QUIT\n", ""},
	} {
		code, stdout, stderr := runCommand(append([]string{"admin", "--data", data}, strings.Fields(test.line)...)...)
		if code != test.code || !beginsWith(stdout, test.stdout) || !beginsWith(stderr, test.stderr) {
			t.Errorf("%s: exit code %d, stdout %q, stderr %q", test.line, code, stdout, stderr)
		}
	}
}

func beginsWith(got, want string) bool {
	return strings.HasPrefix(got, want) && (got == "") == (want == "")
}
