//go:build linux || darwin || freebsd || netbsd || openbsd

package terminal

import (
	"errors"
	"fmt"
	"os"
	"sync/atomic"
	"time"

	"github.com/peterh/liner"
	"golang.org/x/sys/unix"
	"golang.org/x/term"
)

// A Terminal is the one that stdin and stdout are. Size, Foreground, Write and
// Wake may be called from any goroutine; the others from one at a time.
type Terminal struct {
	in, out *os.File
	found   *term.State // its mode when it was opened

	wakeIn, wakeOut *os.File
	woken           atomic.Bool // wakeIn has something to read
}

// Open finds the terminal, and changes nothing. Every error is ErrNotATerminal.
func Open() (*Terminal, error) {
	t := &Terminal{in: os.Stdin, out: os.Stdout}
	if !liner.TerminalSupported() || !term.IsTerminal(int(t.out.Fd())) {
		return nil, ErrNotATerminal
	}
	found, err := term.GetState(int(t.in.Fd()))
	if err != nil {
		return nil, ErrNotATerminal
	}
	t.found = found
	if t.wakeIn, t.wakeOut, err = os.Pipe(); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrNotATerminal, err)
	}
	return t, nil
}

// Close is to be called last: nobody calls Wake any more. It leaves the mode
// alone, and stdin and stdout open.
func (t *Terminal) Close() {
	_ = t.wakeIn.Close()
	_ = t.wakeOut.Close()
}

// Read reads what is typed. It waits for that; see Wait.
func (t *Terminal) Read(p []byte) (int, error) { return t.in.Read(p) }

// Write writes to the screen. It waits for a terminal that takes no output.
func (t *Terminal) Write(p []byte) (int, error) { return t.out.Write(p) }

// MakeRaw has the terminal deliver every key as it is pressed, Ctrl-C and Ctrl-Z
// among them.
func (t *Terminal) MakeRaw() error {
	_, err := term.MakeRaw(int(t.in.Fd()))
	return err
}

// Restore brings back the mode that Open has found, unless the terminal is
// another job's now: that would stop the process.
func (t *Terminal) Restore() {
	if t.Foreground() {
		_ = term.Restore(int(t.in.Fd()), t.found)
	}
}

// The size of a terminal that does not know its own.
const (
	usualColumns = 80
	usualRows    = 24
)

// Size is the terminal's size, 80 columns by 24 rows if it does not know that.
func (t *Terminal) Size() (columns, rows int) {
	columns, rows, err := term.GetSize(int(t.out.Fd()))
	if err != nil || columns <= 0 || rows <= 0 {
		return usualColumns, usualRows
	}
	return columns, rows
}

// Foreground reports whether the process may use the terminal: a shell gives
// it to one job at a time.
func (t *Terminal) Foreground() bool {
	group, err := unix.IoctlGetInt(int(t.in.Fd()), unix.TIOCGPGRP)
	return err != nil || group == unix.Getpgrp()
}

// Wake ends Wait, or the next one.
func (t *Terminal) Wake() {
	if t.woken.CompareAndSwap(false, true) {
		_, _ = t.wakeOut.Write([]byte{0})
	}
}

// Wait waits for Wake, and for something to read if keys is true; at most for
// timeout, without limit if that is 0. A signal ends it early. It reports
// whether there is something to read.
func (t *Terminal) Wait(keys bool, timeout time.Duration) (ready bool, err error) {
	var limit *unix.Timeval
	if timeout > 0 {
		tv := unix.NsecToTimeval(int64(timeout))
		limit = &tv
	}
	in, wake := int(t.in.Fd()), int(t.wakeIn.Fd())
	var set unix.FdSet
	set.Set(wake)
	if keys {
		set.Set(in)
	}
	n, err := unix.Select(max(in, wake)+1, &set, nil, nil, limit)
	switch {
	case errors.Is(err, unix.EINTR):
		return false, nil
	case err != nil || n == 0:
		return false, err
	}
	if set.IsSet(wake) {
		t.drainWake()
	}
	return keys && set.IsSet(in), nil
}

func (t *Terminal) drainWake() {
	t.woken.Store(false) // first, or a wake between the two would be lost
	var b [1]byte
	_, _ = t.wakeIn.Read(b[:])
}
