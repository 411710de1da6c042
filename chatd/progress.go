package main

import (
	"fmt"
	"io"
	"os"
	"strings"
	"time"
	"unicode/utf8"

	"golang.org/x/term"
)

// progressInterval is the time between two changes of what a progress shows.
const progressInterval = 200 * time.Millisecond

// A progress shows on a terminal how far a command is, in one line that it
// overwrites. Without a terminal it shows nothing.
type progress struct {
	terminal io.Writer // nil: there is none
	shown    time.Time
	wide     int
}

func newProgress(stderr io.Writer) *progress {
	if isTerminal(stderr) {
		return &progress{terminal: stderr}
	}
	return &progress{}
}

func isTerminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}

// update shows how far a step is. It is an offline.Progress.
func (p *progress) update(step string, done, all int64) {
	if all > 0 {
		step = fmt.Sprintf("%s: %d %%", step, 100*min(done, all)/all)
	}
	p.show(step)
}

// show shows a text, unless the last change is less than progressInterval ago.
func (p *progress) show(text string) {
	if now := time.Now(); p.terminal != nil && now.Sub(p.shown) >= progressInterval {
		p.shown = now
		p.write(text)
	}
}

func (p *progress) write(text string) {
	wide := utf8.RuneCountInString(text)
	fmt.Fprint(p.terminal, "\r"+text+strings.Repeat(" ", max(0, p.wide-wide)))
	p.wide = wide
}

// clear leaves an empty line, for what is said next.
func (p *progress) clear() {
	if p.terminal != nil && p.wide > 0 {
		p.write("")
		fmt.Fprint(p.terminal, "\r")
	}
}
