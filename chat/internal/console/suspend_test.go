package console

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
	m.text("half-typed line that is longer than a row of this window is wide, so")
	m.want("status", "> half-typed line that is longer than a row of this window is wide, s", "o")
	m.keys("C-z")
	m.want("$")
	m.order(order{Do: "print", Text: "meanwhile"})
	m.text("stty -a | tr ' ;' '\\n\\n' | grep -xE -- '-?(echo|icanon|isig|opost)' | xargs")
	m.keys("Enter")
	m.want("opost isig icanon echo", "$")
	m.text("fg")
	m.keys("Enter")
	m.report("done")
	m.want("meanwhile", "status", "> half-typed line that is longer than a row of this window is wide, s", "o")
	m.text("!")
	m.keys("Enter")
	m.wantLine("half-typed line that is longer than a row of this window is wide, so!")
	m.keys("C-z")
	m.want("$")
	m.text("bg; jobs")
	m.keys("Enter")
	m.want("$")
	m.do("print", "not yet")
	m.text("fg")
	m.keys("Enter")
	m.want("not yet", "status", ">")
	m.close()
	m.want("not yet", "$")
}

// A stopped program that the shell ends does not take the terminal again.
func TestKilledWhileSuspended(t *testing.T) {
	t.Parallel()
	m := startTmux(t, setup{}, 70, 20, inShell)
	m.want(">")
	m.keys("C-z")
	m.want("$")
	m.text("kill %1; echo over")
	m.keys("Enter")
	if r := m.report("end"); !strings.HasSuffix(r.Text, "SIGTERM") {
		t.Errorf("Err is %q", r.Text)
	}
	m.await("over, and a prompt of the shell's", func(rows []string) bool {
		return slices.Contains(rows, "over") && rows[len(rows)-1] == "$"
	})
	if r := m.closed(); r.Text != "" {
		t.Error(r.Text)
	}
	m.text("echo the mode is the shell's")
	m.want("$ echo the mode is the shell's")
}
