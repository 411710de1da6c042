//go:build linux || darwin || freebsd || netbsd || openbsd

package prompt

import (
	"os"
	"syscall"

	"github.com/creack/pty"
)

// widest is the greatest number of columns that a terminal can have.
const widest = 1<<16 - 1

// A stdioRedirect is what stands between liner and the terminal. liner reads
// os.Stdin, prints to os.Stdout, and asks the descriptors syscall.Stdin and
// syscall.Stdout for the terminal's mode and width: all four are variables.
type stdioRedirect struct {
	toLiner   *os.File // what liner is to read
	fromLiner *os.File // what it has printed
	linerIn   *os.File
	linerOut  *os.File

	// An idle terminal, so wide that liner never scrolls a line. Without one
	// liner asks the real terminal, and scrolls as it does by itself.
	wide, wideEnd *os.File

	stdin, stdout     *os.File
	fdStdin, fdStdout int
}

// redirectStdio puts pipes and a wide terminal in the place of the real one.
func redirectStdio() (*stdioRedirect, error) {
	t := &stdioRedirect{stdin: os.Stdin, stdout: os.Stdout, fdStdin: syscall.Stdin, fdStdout: syscall.Stdout}
	var err error
	if t.linerIn, t.toLiner, err = os.Pipe(); err != nil {
		return nil, err
	}
	if t.fromLiner, t.linerOut, err = os.Pipe(); err != nil {
		t.closeInput()
		return nil, err
	}
	os.Stdin, os.Stdout = t.linerIn, t.linerOut
	if t.wide, t.wideEnd, err = openPty(); err == nil {
		syscall.Stdin, syscall.Stdout = int(t.wideEnd.Fd()), int(t.wideEnd.Fd())
	}
	return t, nil
}

// openPty opens a terminal of the greatest width. Tests replace it.
var openPty = func() (master, terminal *os.File, err error) {
	if master, terminal, err = pty.Open(); err != nil {
		return nil, nil, err
	}
	if err = pty.Setsize(terminal, &pty.Winsize{Rows: 24, Cols: widest}); err != nil {
		_ = master.Close()
		_ = terminal.Close()
		return nil, nil, err
	}
	return master, terminal, nil
}

// isWide reports whether liner prints whole lines.
func (t *stdioRedirect) isWide() bool { return t.wide != nil }

// closeInput ends what liner reads, at both ends: so neither liner nor who
// writes to it is held up.
func (t *stdioRedirect) closeInput() {
	_ = t.toLiner.Close()
	_ = t.linerIn.Close()
}

// closeOutput ends what liner prints, when it prints no more.
func (t *stdioRedirect) closeOutput() { _ = t.linerOut.Close() }

// undo gives the variables their values back.
func (t *stdioRedirect) undo() {
	os.Stdin, os.Stdout = t.stdin, t.stdout
	syscall.Stdin, syscall.Stdout = t.fdStdin, t.fdStdout
	_ = t.fromLiner.Close()
	if t.isWide() {
		_ = t.wide.Close()
		_ = t.wideEnd.Close()
	}
}
