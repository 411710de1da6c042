//go:build linux || darwin || freebsd || netbsd || openbsd

package prompt

import (
	"os"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"linechat/chat/internal/terminal"
)

// A signal that ends a program ends the input, and the terminal is as it was
// even before the program does anything about it.
func TestSignals(t *testing.T) {
	for _, s := range []syscall.Signal{unix.SIGTERM, unix.SIGHUP, unix.SIGINT, unix.SIGQUIT} {
		t.Run(unix.SignalName(s), func(t *testing.T) {
			t.Parallel()
			c := startSession(t, setup{}, 60, 10)
			c.keys("half")
			c.do("print", "message")
			c.wantRows("message", "> half")
			if err := c.cmd.Process.Signal(s); err != nil {
				t.Fatal(err)
			}
			if r := c.report("end"); r.Text != "ended by "+unix.SignalName(s) {
				t.Errorf("Err is %q", r.Text)
			}
			c.order(order{Do: "mode"})
			if r := c.report("done"); !r.Yes {
				t.Error("the terminal's mode is not what it was")
			}
			c.wantOutput(leaveModes)
			c.wantRows("message")
			c.do("print", "not shown")
			c.close()
			c.wantRows("message")
		})
	}
}

// A second signal ends a program that does not end by itself.
func TestSecondSignal(t *testing.T) {
	t.Parallel()
	c := startSession(t, setup{}, 60, 10)
	c.wantRows(">")
	for range 2 {
		if err := c.cmd.Process.Signal(unix.SIGTERM); err != nil {
			t.Fatal(err)
		}
		for r := range c.reports {
			if r.What == "end" {
				break
			}
		}
	}
	c.wantExit(-1)
}

// A panic leaves the terminal as it was, and its message below what was
// printed.
func TestPanic(t *testing.T) {
	t.Parallel()
	c := startSession(t, setup{}, 200, 50)
	c.keys("half")
	c.wantRows("> half")
	c.order(order{Do: "panic", Text: "at the disco"})
	c.wantExit(2)
	c.await("panic", func(rows []string) bool {
		return strings.HasPrefix(rows[0], "panic: at the disco")
	})
	c.wantOutput(leaveModes)
}

// Ctrl-Z in a job that no shell waits for leaves the terminal, and takes it
// again at once.
func TestOrphanIsNotStopped(t *testing.T) {
	t.Parallel()
	c := startSession(t, setup{}, 60, 10)
	c.keys("half")
	c.wantRows("> half")
	c.keys("\x1a")
	c.wantOutput(leaveModes)
	c.keys(" done")
	c.wantRows("> half done")
	c.keys("\r")
	c.wantLine("half done")
	c.close()
}

// The prompt is stopped by others and goes on: it takes the terminal again.
func TestContinue(t *testing.T) {
	t.Parallel()
	c := startSession(t, setup{}, 60, 10)
	c.keys("half")
	c.wantRows("> half")
	for _, s := range []os.Signal{unix.SIGSTOP, unix.SIGCONT} {
		if err := c.cmd.Process.Signal(s); err != nil {
			t.Fatal(err)
		}
	}
	c.wantOutput(enterModes + "\x1b[?25l\r")
	c.keys(" done")
	c.wantRows("> half done")
	c.close()
}

// Where there is no terminal, or one without cursor movement, there is no
// prompt, and nothing has changed.
func TestNotATerminal(t *testing.T) {
	for _, term := range []string{"dumb", ""} {
		c := startIn(t, setup{}, term, 60, 10)
		if r := c.report("error"); !r.Yes {
			t.Errorf("TERM=%s: %s", term, r.Text)
		}
		c.wantExit(0)
	}
	c := startIn(t, setup{NoPty: true}, "xterm", 60, 10)
	if r := c.report("error"); !r.Yes || !strings.HasSuffix(r.Text, "liner needs another one: open /dev/ptmx: too many open files") {
		t.Errorf("without a terminal for liner: %s", r.Text)
	}
	c.wantExit(0)
	null, err := os.Open(os.DevNull)
	if err != nil {
		t.Fatal(err)
	}
	defer null.Close()
	stdin := os.Stdin
	defer func() { os.Stdin = stdin }()
	os.Stdin = null
	t.Setenv("TERM", "xterm")
	if _, err := Open(Options{}); err != terminal.ErrNotATerminal {
		t.Errorf("without a terminal: %v", err)
	}
}

// There is one prompt in a process, and none after it but a new one.
func TestOnePrompt(t *testing.T) {
	t.Parallel()
	c := startSession(t, setup{}, 60, 10)
	c.do("second", "")
	c.close()
}

// Who wants to be told when the window gains and loses the focus is told.
func TestFocus(t *testing.T) {
	t.Parallel()
	c := startSession(t, setup{Focus: true}, 60, 10)
	c.wantOutput(enterFocus)
	c.keys("a\x1b[Ob\x1b[Ic")
	if r := c.report("focus"); r.Yes {
		t.Error("lost, but told of as gained")
	}
	if r := c.report("focus"); !r.Yes {
		t.Error("gained, but told of as lost")
	}
	c.wantRows("> abc")
	c.close()
	c.wantOutput(leaveFocus)
}
