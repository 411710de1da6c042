package screen

import (
	"context"
	"io"
	"time"
)

const (
	// Lines are drawn together, at most so often; keys are drawn at once.
	frameInterval = 10 * time.Millisecond
	// A frame has so many bytes of lines, so that keys need not wait long.
	maxFrame = 64 << 10
	// So long a terminal that takes no output holds up Close, and Leave.
	closeTimeout = time.Second
	leaveTimeout = 100 * time.Millisecond
)

// A writer writes to the terminal.
type writer struct {
	out     io.Writer
	sizeOf  func() (columns, rows int)
	reflows bool
	modes   modes
	free    chan struct{} // has one element while nobody writes

	// Whoever has taken that element has these.
	resizes  resizeDebouncer
	resized  bool // since something was drawn
	drawn    painted
	printed  Queue     // the last lines
	last     time.Time // when lines were printed last
	earliest time.Time // when the next frame may be drawn
	released bool      // the terminal is not to be drawn on
}

func newWriter(out io.Writer, sizeOf func() (columns, rows int), modes modes) writer {
	w := writer{
		out: out, sizeOf: sizeOf, reflows: reflows(), modes: modes, free: make(chan struct{}, 1),
		printed: Queue{limit: maxKept}, released: true,
	}
	w.resizes.size.columns, w.resizes.size.rows = sizeOf()
	w.free <- struct{}{}
	return w
}

// withTerminal runs f while nobody else writes, unless it takes too long until
// then because the terminal takes no output. It reports whether f has run.
func (w *writer) withTerminal(timeout time.Duration, f func()) bool {
	select {
	case <-w.free:
		defer func() { w.free <- struct{}{} }()
		f()
		return true
	case <-time.After(timeout):
		return false
	}
}

// run draws until Close.
func (s *Screen) run() {
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		select {
		case <-s.wake:
		case <-timer.C:
		case <-s.done:
			return
		}
		if wait := s.update(); wait > 0 {
			timer.Reset(wait)
		}
	}
}

// update draws what is new. It returns when to do so again, 0 if there is no
// need to until something changes.
func (s *Screen) update() time.Duration {
	<-s.free
	defer func() { s.free <- struct{}{} }()
	if s.released {
		return 0
	}
	now := time.Now()
	columns, rows := s.sizeOf()
	if wait := s.resizes.update(size{columns, rows}, now); wait > 0 {
		s.resized = true
		return wait
	}
	if wait := s.delay(now); wait > 0 && !s.resized {
		return wait
	}
	if s.resized {
		s.drawn = s.drawn.resized(s.resizes.size.columns, s.reflows)
		s.resized = false
	}
	next := s.snapshot(maxFrame)
	if len(next.lines) > 0 {
		s.last = now
	}
	s.draw(&next)
	s.earliest = time.Now().Add(time.Since(now))
	if next.more {
		return time.Nanosecond
	}
	return 0
}

// delay is how long the next frame has to wait: one of lines for frameInterval
// since the last such, any for as long as the last one has taken, so that a
// line of many thousand characters leaves its editor some time, too.
func (s *Screen) delay(now time.Time) time.Duration {
	wait := s.earliest.Sub(now)
	if lines, urgent := s.waiting(); lines && !urgent {
		wait = max(wait, frameInterval-now.Sub(s.last))
	}
	return wait
}

// draw puts a snapshot on the screen.
func (w *writer) draw(s *snapshot) {
	for _, line := range s.lines {
		w.printed.push(line)
	}
	v := layout(&s.contents, w.resizes.size)
	var f frame
	added, grown := w.drawn.grown(v)
	switch {
	case s.clear:
		f.redraw(w.resizes.size, w.printed.lines, v)
	case len(s.lines) == 0 && grown && added == "":
	case len(s.lines) == 0 && grown:
		f.WriteString(noWrap + added + autoWrap)
	default:
		f.WriteString(hideCursor)
		f.erase(w.drawn)
		f.lines(s.lines)
		f.draw(v)
		f.WriteString(showCursor)
	}
	if s.bell {
		f.WriteString(bell)
	}
	w.drawn = painted{view: v, count: len(v.rows), columns: w.resizes.size.columns}
	w.send(f.String())
}

func (w *writer) send(s string) {
	if s != "" {
		_, _ = io.WriteString(w.out, s) // whoever reads the terminal notices that it has gone
	}
}

// enter takes the terminal: nothing is known to be drawn on it.
func (s *Screen) enter() {
	s.drawn, s.released = painted{}, false
	s.send(s.modes.enter)
	s.change(func(*contents) {})
}

// leave erases what is drawn, and leaves the terminal to others.
func (w *writer) leave() {
	if w.released {
		return
	}
	var f frame
	f.erase(w.drawn)
	w.drawn, w.released = painted{}, true
	w.send(f.String() + w.modes.leave)
}

// Yield leaves the terminal to f, and takes it again if f reports true. Nothing
// is written meanwhile; before, what is drawn is erased if erase is true. F does
// not run if ctx ends before the terminal has taken all output.
func (s *Screen) Yield(ctx context.Context, erase bool, f func() bool) {
	select {
	case <-s.free:
		defer func() { s.free <- struct{}{} }()
	case <-ctx.Done():
		return
	}
	if erase {
		s.leave()
	}
	s.released = true
	if f() {
		s.enter()
	}
}

// finish prints all that waits, and leaves the terminal.
func (s *Screen) finish() {
	s.Hide()
	for more := !s.released; more; {
		next := s.snapshot(maxFrame)
		s.draw(&next)
		more = next.more
	}
	s.leave()
}
