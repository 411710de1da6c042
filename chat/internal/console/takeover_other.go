//go:build !(linux || darwin || freebsd || netbsd || openbsd)

package console

import "os"

type takeover struct{ toLiner, fromLiner *os.File }

func takeOver() (*takeover, error) { return nil, ErrNotATerminal }

func (t *takeover) isWide() bool { return false }
func (t *takeover) closeInput()  {}
func (t *takeover) closeOutput() {}
func (t *takeover) undo()        {}
