//go:build !(linux || darwin || freebsd || netbsd || openbsd)

package console

import (
	"os"
	"time"
)

// Elsewhere there is no terminal that could be taken over, and nothing below
// is ever called but openTerminal.

type terminal struct{ in, out *os.File }

func openTerminal() (*terminal, error) { return nil, ErrNotATerminal }

func (t *terminal) raw() error       { return ErrNotATerminal }
func (t *terminal) restore() error   { return ErrNotATerminal }
func (t *terminal) size() size       { return size{80, 24} }
func (t *terminal) foreground() bool { return true }

func (t *terminal) wait(bool, *os.File, time.Duration) (heard, woken bool, err error) {
	return false, false, ErrNotATerminal
}

type takeover struct{ toLiner, fromLiner *os.File }

func takeOver() (*takeover, error) { return nil, ErrNotATerminal }

func (t *takeover) isWide() bool { return false }
func (t *takeover) closeInput()  {}
func (t *takeover) closeOutput() {}
func (t *takeover) undo()        {}

var (
	endSignals    []os.Signal
	continued     os.Signal = os.Interrupt
	resizedSignal os.Signal = os.Interrupt
)

func stopProcess() {}

func signalName(s os.Signal) string { return s.String() }
