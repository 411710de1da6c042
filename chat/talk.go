package main

import (
	"fmt"
	"os"
	"sync"

	"golang.org/x/term"
)

// A talk is what chat says on stderr: lines, and on a terminal a last one that
// changes in place. Any goroutine may call its methods.
type talk struct {
	terminal bool // it can show a line that changes

	mu    sync.Mutex
	w     *os.File
	shown bool // a changing line
}

func newTalk(w *os.File, env func(string) (string, bool)) *talk {
	kind, _ := env("TERM")
	return &talk{w: w, terminal: kind != "dumb" && takesEscapes(w)}
}

func isTerminal(f *os.File) bool { return term.IsTerminal(int(f.Fd())) }

// say prints a line.
func (t *talk) say(format string, args ...any) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.clear()
	fmt.Fprintf(t.w, "chat: "+format+"\n", args...)
}

// show has the changing line be text; "" takes it away. Where there is no
// terminal it does nothing.
func (t *talk) show(text string) {
	if !t.terminal {
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.clear()
	if text != "" {
		fmt.Fprint(t.w, text)
		t.shown = true
	}
}

func (t *talk) clear() {
	if t.shown {
		fmt.Fprint(t.w, "\r\x1b[K")
		t.shown = false
	}
}
