//go:build !(linux || darwin || freebsd || netbsd || openbsd)

package prompt

import (
	"os"
	"time"
)

// On this system no terminal is taken over yet: openTerminal says so, and
// nothing else here, in redirect_other.go and in signals_other.go is called.

type terminal struct{ in, out *os.File }

func openTerminal() (*terminal, error) { return nil, ErrNotATerminal }

func (t *terminal) raw() error       { return ErrNotATerminal }
func (t *terminal) restore() error   { return ErrNotATerminal }
func (t *terminal) size() size       { return size{80, 24} }
func (t *terminal) foreground() bool { return true }

func (t *terminal) wait(bool, *os.File, time.Duration) (heard, woken bool, err error) {
	return false, false, ErrNotATerminal
}
