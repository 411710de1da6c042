// Package screen draws on a terminal: lines that are printed one below the
// other and stay, and below them, always, a status row, a prompt and the line
// that is being edited, wrapped over as many rows as it needs.
//
// Whoever prints, or changes what is to be seen, never waits for the terminal:
// one goroutine writes to it, a frame with a single write at a time.
//
//	Print, SetLine, SetPrompt … ─▶ contents and queue ─▶ layout ─▶ frame ─▶ terminal
//
// The terminal keeps its scrollback, search and selection: there is no
// alternate screen and no scroll region, and rows are erased one at a time.
package screen

import (
	"context"
	"io"
	"strings"
	"sync"
)

// Options of New. The zero value is a screen with a bare prompt.
type Options struct {
	Status  bool // keep a row for SetStatus above the prompt
	NoColor bool // drop all colours
	Focus   bool // have the terminal report when its window gains and loses the focus
}

// A Line is the one that is being edited.
type Line struct {
	Cells  []Cell // never changed
	Cursor int    // index of the cell under the cursor; len(Cells) at the end
}

// A Screen owns what is drawn on a terminal. All its methods may be called from
// any goroutine. Text given to them may have colours (SGR sequences); any other
// control or escape sequence in it is dropped, tabs become spaces, and the
// colours end with the text.
type Screen struct {
	colours bool

	mu     sync.Mutex
	next   contents
	queue  Queue // lines to be printed
	urgent bool  // more has changed than the queue

	wake        chan struct{} // has one element if there is something new
	done, ended chan struct{} // closed: by Close; when nothing writes any more
	writer      writer
}

// contents is what is to be seen besides what is printed.
type contents struct {
	prompt      []Cell
	status      []Cell // nil: there is no such row
	line        Line
	overlay     *overlay // nil: there is none
	hidden      bool     // there is no prompt any more
	bell, clear bool     // ring, and draw the whole screen anew, once
}

// An overlay stands in place of the prompt, and of the line if it has one.
type overlay struct {
	prompt []Cell
	line   *Line
}

// New returns a screen on a terminal of such a size, which is asked for before
// each frame. Nothing is drawn before Start.
func New(out io.Writer, sizeOf func() (columns, rows int), o Options) *Screen {
	s := &Screen{
		colours: !o.NoColor, wake: make(chan struct{}, 1),
		done: make(chan struct{}), ended: make(chan struct{}), writer: newWriter(out, sizeOf, modesFor(o)),
	}
	s.next.prompt = CellsOf("> ")
	if o.Status {
		s.next.status = []Cell{}
	}
	return s
}

// Start takes the terminal, and starts the goroutine that draws until Close,
// with guard as its first deferred function.
func (s *Screen) Start(guard func()) {
	s.enter()
	go func() {
		defer close(s.ended)
		defer guard()
		s.run()
	}()
}

// Close prints all that waits, erases the prompt, leaves the terminal, and waits
// for the goroutine to end. For a terminal that takes no output it waits a
// second; then the goroutine is left to end when that terminal goes away. Close
// is to be called once, after Start. Later calls of the other methods do nothing.
func (s *Screen) Close() {
	close(s.done)
	if s.writer.within(closeTimeout, s.finish) {
		<-s.ended
	}
}

// Leave erases the prompt and leaves the terminal to others at once. What is
// printed then is never seen. A terminal that takes no output holds it up for
// 100 ms.
func (s *Screen) Leave() { s.writer.within(leaveTimeout, func() { s.writer.leave(true) }) }

// Yield leaves the terminal to f, and takes it again if f reports true. Nothing
// is written meanwhile; before, what is drawn is erased if erase is true. F does
// not run if ctx ends before the terminal has taken all output.
func (s *Screen) Yield(ctx context.Context, erase bool, f func() bool) {
	s.writer.withTerminal(ctx, func() {
		s.writer.leave(erase)
		if f() {
			s.enter()
		}
	})
}

// enter takes the terminal, and has all drawn on it.
func (s *Screen) enter() {
	s.writer.enter()
	s.change(func(*contents) {})
}

// finish prints all that waits, and leaves the terminal.
func (s *Screen) finish() {
	s.Hide()
	for more := s.writer.entered; more; {
		next := s.snapshot(maxFrame)
		s.writer.draw(&next)
		more = next.more
	}
	s.writer.leave(true)
}

// change draws what f changes, at once.
func (s *Screen) change(f func(*contents)) {
	s.mu.Lock()
	f(&s.next)
	s.urgent = true
	s.mu.Unlock()
	s.notify()
}

// Resized says that the terminal's size may have changed.
func (s *Screen) Resized() { s.notify() }

// notify has the goroutine draw what is new.
func (s *Screen) notify() {
	select {
	case s.wake <- struct{}{}:
	default:
	}
}

// Print puts whole lines above the prompt. Those that wait for the terminal are in a
// [Queue], which has a limit.
func (s *Screen) Print(text string) {
	s.mu.Lock()
	s.queue.Print(text, s.colours)
	s.mu.Unlock()
	s.notify()
}

// oneRow makes cells of a text for one row.
func (s *Screen) oneRow(text string) []Cell {
	return CellsOf(Clean(strings.ReplaceAll(text, "\n", " "), s.colours))
}

// SetLine sets the edited line.
func (s *Screen) SetLine(line Line) { s.change(func(c *contents) { c.line = line }) }

// SetPrompt sets what stands before the edited line, "> " at first. It is cut to
// half the width of the terminal.
func (s *Screen) SetPrompt(text string) {
	cells := s.oneRow(text)
	s.change(func(c *contents) { c.prompt = cells })
}

// SetStatus sets the status row, if Options.Status asked for one. It is cut to
// the width of the terminal.
func (s *Screen) SetStatus(text string) {
	cells := s.oneRow(text)
	s.change(func(c *contents) {
		if c.status != nil {
			c.status = cells
		}
	})
}

// Overlay shows another prompt, uncut, and another line in place of the edited one;
// nil: that is seen.
func (s *Screen) Overlay(prompt string, line *Line) {
	o := &overlay{s.oneRow(prompt), line}
	s.change(func(c *contents) { c.overlay = o })
}

// RemoveOverlay shows the prompt and the edited line again.
func (s *Screen) RemoveOverlay() { s.change(func(c *contents) { c.overlay = nil }) }

// Bell rings the terminal's bell.
func (s *Screen) Bell() { s.change(func(c *contents) { c.bell = true }) }

// Redraw draws the whole screen anew, with as much of what was printed last as
// there is room for.
func (s *Screen) Redraw() { s.change(func(c *contents) { c.clear = true }) }

// Hide takes the prompt and the status row away for good.
func (s *Screen) Hide() { s.change(func(c *contents) { c.hidden = true }) }

// A snapshot is what one frame shows.
type snapshot struct {
	contents
	lines []string
	more  bool // lines are left for another frame
}

// onlyLines reports whether lines are to be printed, and nothing else is new.
func (s *Screen) onlyLines() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.queue.Len() > 0 && !s.urgent
}

// snapshot takes what is to be drawn, of the queue up to so many bytes.
func (s *Screen) snapshot(bytes int) snapshot {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := snapshot{contents: s.next, lines: s.queue.Take(bytes), more: s.queue.Len() > 0}
	s.next.bell, s.next.clear, s.urgent = false, false, false
	return now
}
