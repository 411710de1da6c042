package main

import (
	"fmt"
	"os"
	"sync"

	"golang.org/x/term"
)

// diagnostics are what chat says on stderr: lines, and on a terminal a last one
// that changes in place. Any goroutine may call its methods.
type diagnostics struct {
	terminal bool // it can show a line that changes

	mu    sync.Mutex
	w     *os.File
	shown bool // a changing line
}

func newDiagnostics(w *os.File, env func(string) (string, bool)) *diagnostics {
	kind, _ := env("TERM")
	return &diagnostics{w: w, terminal: kind != "dumb" && takesEscapes(w)}
}

func isTerminal(f *os.File) bool { return term.IsTerminal(int(f.Fd())) }

// printf prints a line.
func (d *diagnostics) printf(format string, args ...any) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.clear()
	fmt.Fprintf(d.w, "chat: "+format+"\n", args...)
}

// setStatus shows text in the line that changes in place; "" removes the line.
// Without a terminal it does nothing.
func (d *diagnostics) setStatus(text string) {
	if !d.terminal {
		return
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.clear()
	if text != "" {
		fmt.Fprint(d.w, text)
		d.shown = true
	}
}

func (d *diagnostics) clear() {
	if d.shown {
		fmt.Fprint(d.w, "\r\x1b[K")
		d.shown = false
	}
}
