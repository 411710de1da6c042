//go:build linux || darwin || freebsd || netbsd || openbsd

package prompt

import (
	"slices"
	"strings"
	"testing"
)

// Ctrl-Z leaves the terminal to the shell, as that had it, and fg brings the
// half-typed line back, below what has been said meanwhile.
func TestSuspend(t *testing.T) {
	t.Parallel()
	m := startTmux(t, setup{Status: true}, 70, 20, inShell)
	m.do("status", "status")
	m.Text("half-typed line that is longer than a row of this window is wide, so")
	m.Want("status", "> half-typed line that is longer than a row of this window is wide, s", "o")
	m.Keys("C-z")
	m.Want("$")
	m.order(order{Do: "print", Text: "meanwhile"})
	m.Text("stty -a | tr ' ;' '\\n\\n' | grep -xE -- '-?(echo|icanon|isig|opost)' | xargs")
	m.Keys("Enter")
	m.Want("opost isig icanon echo", "$")
	m.Text("fg")
	m.Keys("Enter")
	m.report("done")
	m.Want("meanwhile", "status", "> half-typed line that is longer than a row of this window is wide, s", "o")
	m.Text("!")
	m.Keys("Enter")
	m.wantLine("half-typed line that is longer than a row of this window is wide, so!")
	m.Keys("C-z")
	m.Want("$")
	m.Text("bg; jobs")
	m.Keys("Enter")
	m.Want("$")
	m.do("print", "not yet")
	m.Text("fg")
	m.Keys("Enter")
	m.Want("not yet", "status", ">")
	m.close()
	m.Want("not yet", "$")
}

// A stopped program that the shell ends does not take the terminal again.
func TestKilledWhileSuspended(t *testing.T) {
	t.Parallel()
	m := startTmux(t, setup{}, 70, 20, inShell)
	m.Want(">")
	m.Keys("C-z")
	m.Want("$")
	m.Text("kill %1; echo over")
	m.Keys("Enter")
	if r := m.report("end"); !strings.HasSuffix(r.Text, "SIGTERM") {
		t.Errorf("Err is %q", r.Text)
	}
	m.Await("over, and a prompt of the shell's", func(rows []string) bool {
		return slices.Contains(rows, "over") && rows[len(rows)-1] == "$"
	})
	if r := m.closed(); r.Text != "" {
		t.Error(r.Text)
	}
	m.Text("echo the mode is the shell's")
	m.Want("$ echo the mode is the shell's")
}
