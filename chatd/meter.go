package main

import (
	"fmt"
	"io"
	"os"
	"strings"
	"time"
	"unicode/utf8"

	"golang.org/x/sys/unix"
)

// meterEvery is how often a meter changes.
const meterEvery = 200 * time.Millisecond

// A meter shows on a terminal how far a command is, in one line that is written
// over. Elsewhere it shows nothing.
type meter struct {
	terminal io.Writer // nil: there is none
	shown    time.Time
	wide     int
}

func newMeter(stderr io.Writer) *meter {
	if isTerminal(stderr) {
		return &meter{terminal: stderr}
	}
	return &meter{}
}

func isTerminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	if !ok {
		return false
	}
	_, err := unix.IoctlGetTermios(int(f.Fd()), unix.TCGETS)
	return err == nil
}

// progress shows how far a step is. It is a sqlite.Progress.
func (m *meter) progress(step string, done, all int64) {
	if all > 0 {
		step = fmt.Sprintf("%s: %d %%", step, 100*min(done, all)/all)
	}
	m.show(step)
}

// show shows a text, unless another one is shown since just now.
func (m *meter) show(text string) {
	if now := time.Now(); m.terminal != nil && now.Sub(m.shown) >= meterEvery {
		m.shown = now
		m.write(text)
	}
}

func (m *meter) write(text string) {
	wide := utf8.RuneCountInString(text)
	fmt.Fprint(m.terminal, "\r"+text+strings.Repeat(" ", max(0, m.wide-wide)))
	m.wide = wide
}

// clear leaves an empty line, for what is said next.
func (m *meter) clear() {
	if m.terminal != nil && m.wide > 0 {
		m.write("")
		fmt.Fprint(m.terminal, "\r")
	}
}
