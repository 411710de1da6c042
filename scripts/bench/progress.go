package main

import (
	"fmt"
	"io"
	"os"

	"golang.org/x/sys/unix"
)

// A progress is one line on a terminal, of which there is nothing elsewhere.
type progress struct {
	w     io.Writer // nil: nowhere
	step  int
	steps int
}

func newProgress(w io.Writer, steps int) *progress {
	p := &progress{steps: steps}
	if f, ok := w.(*os.File); ok {
		if _, err := unix.IoctlGetTermios(int(f.Fd()), unix.TCGETS); err == nil {
			p.w = w
		}
	}
	return p
}

// next says what begins.
func (p *progress) next(what string) {
	p.step++
	p.say(what)
}

// say says how what has begun goes on.
func (p *progress) say(what string) {
	if p.w != nil {
		fmt.Fprintf(p.w, "\r\x1b[K%d/%d %s", p.step, p.steps, what)
	}
}

// clear takes the line away.
func (p *progress) clear() {
	if p.w != nil {
		fmt.Fprint(p.w, "\r\x1b[K")
	}
}
