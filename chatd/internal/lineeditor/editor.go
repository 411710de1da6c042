// Package lineeditor lets somebody at a terminal, to whom there is nothing but a stream of
// bytes, edit lines: it is golang.org/x/term's Terminal with a history, completion and more
// keys. What is written to it appears above the line that is being typed.
package lineeditor

import (
	"bytes"
	"io"
	"strings"
	"sync"
	"sync/atomic"

	"golang.org/x/term"
)

const (
	prompt         = "> "
	passwordPrompt = "password: "
	pasteOn        = "\x1b[?2004h" // the terminal marks what is pasted
	pasteOff       = "\x1b[?2004l"
)

// The size of a terminal that does not tell its own, and what the others are brought to.
const (
	defaultWidth, defaultHeight = 80, 24
	minSize, maxSize            = 10, 1000
)

// An Editor edits lines. ReadLine is for one goroutine, and so are Write and Close; the
// other methods may be called from any, and do not wait.
type Editor struct {
	term      *term.Terminal
	screen    *screen
	hide      atomic.Bool
	completer atomic.Pointer[func(line string) []string]
	size      atomic.Pointer[size] // that the terminal has now; nil: no news
	resizing  sync.WaitGroup
	partial   []byte // of a line that is written in parts
}

// A size is that of a terminal, in columns and rows.
type size struct{ width, height int }

// New returns an Editor for a terminal of that size.
func New(terminal io.ReadWriter, width, height int) *Editor {
	e := &Editor{screen: newScreen(terminal)}
	e.term = term.NewTerminal(e.screen, prompt)
	e.term.History = &history{}
	e.term.AutoCompleteCallback = e.onKey
	s := bounded(width, height)
	_ = e.term.SetSize(s.width, s.height) // nothing is drawn yet
	_, _ = e.screen.Write([]byte(pasteOn))
	return e
}

func bounded(width, height int) *size {
	if width <= 0 || height <= 0 {
		width, height = defaultWidth, defaultHeight
	}
	return &size{min(max(width, minSize), maxSize), min(max(height, minSize), maxSize)}
}

// ReadLine returns the next line that is typed, without its end. io.EOF: Ctrl-D was typed
// on an empty line, or the terminal is gone.
func (e *Editor) ReadLine() (string, error) {
	var line string
	var err error
	if e.hide.Swap(false) {
		e.screen.keys.hidden = true
		line, err = e.term.ReadPassword(passwordPrompt)
		e.screen.keys.hidden = false
	} else {
		line, err = e.term.ReadLine()
	}
	if flushed := e.screen.flush(); err == nil {
		err = flushed
	}
	if e.screen.keys.ended {
		return "", io.EOF
	}
	return unfill(line), err
}

// HideNext keeps the next line that ReadLine is called for from being shown, and from the
// history.
func (e *Editor) HideNext() { e.hide.Store(true) }

// Write shows complete lines above the line that is being typed, and keeps the beginning of
// one until its end is written. It waits until the terminal has taken them.
func (e *Editor) Write(p []byte) (int, error) {
	end := bytes.LastIndexByte(p, '\n') + 1
	if end == 0 {
		e.partial = append(e.partial, p...)
		return len(p), nil
	}
	lines := append(e.partial, p[:end]...)
	e.partial = bytes.Clone(p[end:])
	_, _ = e.term.Write(lines) // to the screen, which takes everything
	return len(p), e.screen.flush()
}

// Resize says that the terminal has another size, and has the line drawn anew.
func (e *Editor) Resize(width, height int) {
	if e.size.Swap(bounded(width, height)) == nil {
		e.resizing.Go(e.resize) // ends when the terminal has taken what is drawn, or is gone
	}
}

// resize follows the size until there is no news. What was drawn before is written first,
// so that a peer that changes its size and reads nothing fills no memory.
func (e *Editor) resize() {
	for {
		_ = e.screen.flush()
		s := e.size.Load()
		_ = e.term.SetSize(s.width, s.height)
		_ = e.screen.flush()
		if e.size.CompareAndSwap(s, nil) {
			return
		}
	}
}

// Close leaves the terminal as it was found. It does not close the stream.
func (e *Editor) Close() error {
	_, _ = e.screen.Write([]byte("\r\x1b[K" + pasteOff))
	return e.screen.flush()
}

// Wait waits until no goroutine of the Editor is left. The stream is to be closed, and
// Resize not to be called any more.
func (e *Editor) Wait() { e.resizing.Wait() }

// show prints a line above the one that is being typed.
func (e *Editor) show(words []string) {
	_, _ = e.term.Write([]byte(strings.Join(words, "  ") + "\n"))
}
