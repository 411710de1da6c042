//go:build linux || darwin || freebsd || netbsd || openbsd

package prompt

import (
	"fmt"
	"os"
	"syscall"

	"github.com/creack/pty"
)

// maxColumns is the greatest number of columns that a terminal can have.
const maxColumns = 1<<16 - 1

// A stdioRedirect is what stands between liner and the terminal. liner reads
// os.Stdin, prints to os.Stdout, and asks the descriptors syscall.Stdin and
// syscall.Stdout for the terminal's mode and width: all four are variables.
type stdioRedirect struct {
	linerIn, toLiner    *os.File // what liner reads
	fromLiner, linerOut *os.File // what it prints
	wideMaster, wide    *os.File // an idle terminal, so wide that liner never scrolls a line

	stdin, stdout     *os.File
	fdStdin, fdStdout int
}

// redirectStdio puts pipes and a wide terminal in the place of the real one.
func redirectStdio() (*stdioRedirect, error) {
	r := &stdioRedirect{stdin: os.Stdin, stdout: os.Stdout, fdStdin: syscall.Stdin, fdStdout: syscall.Stdout}
	if err := r.open(); err != nil {
		r.undo()
		return nil, err
	}
	os.Stdin, os.Stdout = r.linerIn, r.linerOut
	syscall.Stdin, syscall.Stdout = int(r.wide.Fd()), int(r.wide.Fd())
	return r, nil
}

func (r *stdioRedirect) open() (err error) {
	if r.wideMaster, r.wide, err = pty.Open(); err == nil {
		err = pty.Setsize(r.wide, &pty.Winsize{Rows: 24, Cols: maxColumns})
	}
	if err != nil {
		return fmt.Errorf("liner needs another one: %w", err)
	}
	if r.linerIn, r.toLiner, err = os.Pipe(); err != nil {
		return err
	}
	r.fromLiner, r.linerOut, err = os.Pipe()
	return err
}

// closeInput ends what liner reads, at both ends: so neither liner nor whoever
// writes to it is held up.
func (r *stdioRedirect) closeInput() {
	_ = r.toLiner.Close()
	_ = r.linerIn.Close()
}

// closeOutput ends what liner prints, when it prints no more.
func (r *stdioRedirect) closeOutput() { _ = r.linerOut.Close() }

// undo gives the variables their values back, and closes everything.
func (r *stdioRedirect) undo() {
	os.Stdin, os.Stdout = r.stdin, r.stdout
	syscall.Stdin, syscall.Stdout = r.fdStdin, r.fdStdout
	for _, f := range []*os.File{r.linerIn, r.toLiner, r.fromLiner, r.linerOut, r.wideMaster, r.wide} {
		_ = f.Close() // nil, or closed already, is an error
	}
}
