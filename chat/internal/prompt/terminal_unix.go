//go:build linux || darwin || freebsd || netbsd || openbsd

package prompt

import (
	"errors"
	"os"
	"time"

	"github.com/peterh/liner"
	"golang.org/x/sys/unix"
	"golang.org/x/term"
)

// A terminal is the one that a person sits at.
type terminal struct {
	in, out *os.File
	found   *term.State // its mode when it was opened
}

// openTerminal finds the terminal, and changes nothing.
func openTerminal() (*terminal, error) {
	t := &terminal{in: os.Stdin, out: os.Stdout}
	if !liner.TerminalSupported() || !term.IsTerminal(int(t.out.Fd())) {
		return nil, ErrNotATerminal
	}
	found, err := term.GetState(int(t.in.Fd()))
	if err != nil {
		return nil, ErrNotATerminal
	}
	t.found = found
	return t, nil
}

// raw has the terminal deliver every key as it is pressed, Ctrl-C and Ctrl-Z
// among them.
func (t *terminal) raw() error {
	_, err := term.MakeRaw(int(t.in.Fd()))
	return err
}

// restore brings back the mode that was found.
func (t *terminal) restore() error { return term.Restore(int(t.in.Fd()), t.found) }

// size is the terminal's, or what is usual if it does not know its own.
func (t *terminal) size() size {
	columns, rows, err := term.GetSize(int(t.out.Fd()))
	if err != nil || columns <= 0 || rows <= 0 {
		return size{80, 24}
	}
	return size{columns, rows}
}

// foreground reports whether the process may use the terminal: a shell gives
// it to one job at a time.
func (t *terminal) foreground() bool {
	group, err := unix.IoctlGetInt(int(t.in.Fd()), unix.TIOCGPGRP)
	return err != nil || group == unix.Getpgrp()
}

// wait waits until wake has something to read, or the terminal if that is to
// be heard, too; at most so long, without limit if that is 0. A signal ends it
// early.
func (t *terminal) wait(hear bool, wake *os.File, limit time.Duration) (heard, woken bool, err error) {
	var timeout *unix.Timeval
	if limit > 0 {
		tv := unix.NsecToTimeval(int64(limit))
		timeout = &tv
	}
	in, w := int(t.in.Fd()), int(wake.Fd())
	var set unix.FdSet
	set.Set(w)
	if hear {
		set.Set(in)
	}
	n, err := unix.Select(max(in, w)+1, &set, nil, nil, timeout)
	switch {
	case errors.Is(err, unix.EINTR):
		return false, false, nil
	case err != nil || n == 0:
		return false, false, err
	}
	return hear && set.IsSet(in), set.IsSet(w), nil
}
