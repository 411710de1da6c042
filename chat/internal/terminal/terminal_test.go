//go:build linux || darwin || freebsd || netbsd || openbsd

package terminal

import (
	"context"
	"errors"
	"os"
	"testing"
	"time"

	"github.com/creack/pty"
	"golang.org/x/sys/unix"
	"golang.org/x/term"
)

// open opens a terminal. Keys are written to master.
func open(t *testing.T) (terminal *Terminal, master *os.File) {
	t.Helper()
	master, slave, err := pty.Open()
	if err != nil {
		t.Fatal(err)
	}
	if terminal, err = openAs(t, slave, slave, "xterm"); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		terminal.Close()
		_ = master.Close()
		_ = slave.Close()
	})
	return terminal, master
}

// openAs opens the terminal with these as stdin, stdout and TERM.
func openAs(t *testing.T, in, out *os.File, name string) (*Terminal, error) {
	t.Helper()
	t.Setenv("TERM", name)
	stdin, stdout := os.Stdin, os.Stdout
	defer func() { os.Stdin, os.Stdout = stdin, stdout }()
	os.Stdin, os.Stdout = in, out
	return Open()
}

func mode(t *testing.T, terminal *Terminal) term.State {
	t.Helper()
	s, err := term.GetState(int(terminal.in.Fd()))
	if err != nil {
		t.Fatal(err)
	}
	return *s
}

func TestMode(t *testing.T) {
	terminal, _ := open(t)
	found := mode(t, terminal)
	if err := terminal.MakeRaw(); err != nil || mode(t, terminal) == found {
		t.Errorf("the mode is not raw: %v", err)
	}
	if terminal.Restore(); mode(t, terminal) != found {
		t.Error("the mode is not as it was found")
	}
	if !terminal.Foreground() {
		t.Error("a terminal that no job has is not to be used")
	}
}

func TestSize(t *testing.T) {
	terminal, master := open(t)
	for _, want := range []struct{ set, columns, rows int }{{0, usualColumns, usualRows}, {100, 100, 30}} {
		if err := pty.Setsize(master, &pty.Winsize{Cols: uint16(want.set), Rows: 30}); err != nil {
			t.Fatal(err)
		}
		if columns, rows := terminal.Size(); columns != want.columns || rows != want.rows {
			t.Errorf("of %d columns the size is %d x %d", want.set, columns, rows)
		}
	}
}

// TestWait: for whichever comes first of Wake, keys and the timeout.
func TestWait(t *testing.T) {
	terminal, master := open(t)
	if err := terminal.MakeRaw(); err != nil {
		t.Fatal(err)
	}
	wait := func(what string, keys bool, timeout time.Duration, want bool) {
		t.Helper()
		if ready, err := terminal.Wait(keys, timeout); ready != want || err != nil {
			t.Errorf("%s: there is something to read: %v, %v", what, ready, err)
		}
	}
	wait("nothing", true, time.Millisecond, false)
	terminal.Wake()
	terminal.Wake()
	wait("woken before", true, 0, false)
	wait("and no more", true, time.Millisecond, false)
	go terminal.Wake()
	wait("woken", true, 0, false)
	go func() { _, _ = master.WriteString("ab") }()
	wait("keys", true, 0, true)
	wait("keys that are not asked for", false, time.Millisecond, false)
	go terminal.Wake()
	wait("woken while there are keys", false, 0, false)
	wait("keys still", true, 0, true)
	var b [10]byte
	if n, err := terminal.Read(b[:]); string(b[:n]) != "ab" || err != nil {
		t.Errorf("read is %q, %v", b[:n], err)
	}
	_ = master.Close()
	wait("the end", true, 0, true)
	if _, err := terminal.Read(b[:]); err == nil {
		t.Error("a terminal that has gone can be read")
	}
}

func TestNotATerminal(t *testing.T) {
	terminal, _ := open(t)
	null, err := os.Open(os.DevNull)
	if err != nil {
		t.Fatal(err)
	}
	defer null.Close()
	for _, test := range []struct {
		name, term string
		in, out    *os.File
	}{{"stdin", "xterm", null, terminal.out}, {"stdout", "xterm", terminal.in, null}, {"TERM", "dumb", terminal.in, terminal.out}} {
		if _, err := openAs(t, test.in, test.out, test.term); !errors.Is(err, ErrNotATerminal) {
			t.Errorf("where %s is none the error is %v", test.name, err)
		}
	}
}

// TestAwaitForeground: it ends with its context.
func TestAwaitForeground(t *testing.T) {
	terminal, _ := open(t)
	ctx, cancel := context.WithCancel(t.Context())
	if !terminal.AwaitForeground(ctx, nil) {
		t.Error("not in the foreground")
	}
	cancel()
	if terminal.AwaitForeground(ctx, nil) {
		t.Error("in the foreground though it is over")
	}
}

func TestSignals(t *testing.T) {
	received := make(chan os.Signal, 10)
	s := NotifySignals()
	s.Handle(func(s os.Signal) { received <- s })
	for _, want := range []unix.Signal{unix.SIGWINCH, unix.SIGTERM, unix.SIGCONT} {
		if err := unix.Kill(os.Getpid(), want); err != nil {
			t.Fatal(err)
		}
		if got := <-received; got != want {
			t.Errorf("received %v, not %v", got, want)
		}
	}
	s.Stop()
	if err := EndedBy(unix.SIGTERM); err.Error() != "ended by SIGTERM" {
		t.Errorf("the error is %q", err)
	}
}
