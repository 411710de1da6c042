//go:build !(linux || darwin || freebsd || netbsd || openbsd)

package prompt

import "os"

type stdioRedirect struct{ toLiner, fromLiner *os.File }

func redirectStdio() (*stdioRedirect, error) { return nil, ErrNotATerminal }

func (t *stdioRedirect) isWide() bool { return false }
func (t *stdioRedirect) closeInput()  {}
func (t *stdioRedirect) closeOutput() {}
func (t *stdioRedirect) undo()        {}
