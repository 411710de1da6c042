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

// A writer writes to the terminal while that is entered. At first it is released.
//
//	released ── enter ─▶ entered    by Start, and by Yield when f has reported true
//	entered  ── leave ─▶ released   by Leave, by Close, and by Yield before f runs
type writer struct {
	out     io.Writer
	sizeOf  func() (columns, rows int)
	reflows bool
	modes   modes
	free    chan struct{} // has one element while withTerminal runs nothing

	// These are for what withTerminal runs.
	entered  bool
	resizes  resizeDebouncer
	drawn    painted
	printed  Queue     // the last lines
	last     time.Time // when lines were printed last
	earliest time.Time // when the next frame may be drawn
}

func newWriter(out io.Writer, sizeOf func() (columns, rows int), modes modes) writer {
	w := writer{
		out: out, sizeOf: sizeOf, reflows: reflows(), modes: modes, free: make(chan struct{}, 1),
		printed: Queue{limit: maxKept},
	}
	w.resizes.size.columns, w.resizes.size.rows = sizeOf()
	w.free <- struct{}{}
	return w
}

// withTerminal runs f while nobody else writes, unless ctx ends before then because
// the terminal takes no output. It reports whether f has run.
func (w *writer) withTerminal(ctx context.Context, f func()) bool {
	select {
	case <-w.free:
		defer func() { w.free <- struct{}{} }()
		f()
		return true
	case <-ctx.Done():
		return false
	}
}

// within is withTerminal with a timeout.
func (w *writer) within(timeout time.Duration, f func()) bool {
	ctx, cancel := context.WithTimeout(context.Background(), timeout)
	defer cancel()
	return w.withTerminal(ctx, f)
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
		s.writer.withTerminal(context.Background(), func() {
			if wait := s.update(); wait > 0 {
				timer.Reset(wait)
			}
		})
	}
}

// update draws what is new. It returns when to do so again, 0 if there is no
// need to until something changes.
func (s *Screen) update() time.Duration {
	w := &s.writer
	if !w.entered {
		return 0
	}
	now := time.Now()
	columns, rows := w.sizeOf()
	resized := !w.resizes.changed.IsZero() // since the last frame
	if wait := w.resizes.update(size{columns, rows}, now); wait > 0 {
		return wait
	}
	if wait := w.delay(now, s.onlyLines()); wait > 0 && !resized {
		return wait
	}
	if resized {
		w.drawn = w.drawn.resized(w.resizes.size.columns, w.reflows)
	}
	next := s.snapshot(maxFrame)
	if len(next.lines) > 0 {
		w.last = now
	}
	w.draw(&next)
	w.earliest = time.Now().Add(time.Since(now))
	if next.more {
		return time.Nanosecond
	}
	return 0
}

// delay is how long the next frame has to wait: one of only lines for frameInterval
// since the last such, any for as long as the last one has taken, so that a
// line of many thousand characters leaves its editor some time, too.
func (w *writer) delay(now time.Time, onlyLines bool) time.Duration {
	wait := w.earliest.Sub(now)
	if onlyLines {
		wait = max(wait, frameInterval-now.Sub(w.last))
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
func (w *writer) enter() {
	w.drawn, w.entered = painted{}, true
	w.send(w.modes.enter)
}

// leave leaves the terminal to others. What is drawn on it is erased if erase is true.
func (w *writer) leave(erase bool) {
	if w.entered && erase {
		var f frame
		f.erase(w.drawn)
		w.send(f.String() + w.modes.leave)
	}
	w.entered = false
}
