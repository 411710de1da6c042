package harness

import (
	"fmt"
	"io"
	"os"

	"golang.org/x/term"
)

// Progress is one line on a terminal, which each Show replaces. Elsewhere it shows
// nothing.
type Progress struct{ terminal io.Writer }

// NewProgress returns the progress line of w.
func NewProgress(w io.Writer) *Progress {
	if f, ok := w.(*os.File); ok && term.IsTerminal(int(f.Fd())) {
		return &Progress{w}
	}
	return &Progress{io.Discard}
}

// Show replaces the line.
func (p *Progress) Show(format string, args ...any) {
	fmt.Fprintf(p.terminal, "\r\x1b[K"+format, args...)
}

// Clear removes the line.
func (p *Progress) Clear() { p.Show("") }
