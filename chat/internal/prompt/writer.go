package prompt

import (
	"io"
	"time"
)

const (
	// Lines are drawn together, at most so often; keys are drawn at once.
	frameInterval = 10 * time.Millisecond
	// A frame has so many bytes of lines, so that keys need not wait long.
	maxFrame = 64 << 10
	// So long a terminal that takes no output holds up the end, or a panic.
	lastPatience  = time.Second
	hastyPatience = 100 * time.Millisecond
)

// A writer is the one who writes to the terminal.
type writer struct {
	out      io.Writer
	sizeOf   func() size
	display  *display
	printed  *linerOutput
	reflows  bool
	modes    modes
	done     chan struct{} // closed: draw no more
	terminal chan struct{} // has one element while nobody has the terminal

	// Whoever has the terminal has these.
	resizes  resizeDebouncer
	resized  bool // since something was drawn
	drawn    painted
	line     edited    // as it was when last it was settled
	kept     queue     // what has been printed last
	last     time.Time // when lines were printed last
	rested   time.Time // when the next frame may be drawn
	released bool      // the terminal is not ours now
}

func newWriter(out io.Writer, sizeOf func() size, d *display, m *linerOutput, modes modes) *writer {
	w := &writer{
		out: out, sizeOf: sizeOf, display: d, printed: m, reflows: reflows(), modes: modes,
		done: make(chan struct{}), terminal: make(chan struct{}, 1),
		kept: queue{limit: maxKept}, released: true,
	}
	w.resizes.size = sizeOf()
	w.terminal <- struct{}{}
	return w
}

// run draws until done is closed.
func (w *writer) run() {
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		select {
		case <-w.display.wake:
		case <-timer.C:
		case <-w.done:
			return
		}
		if wait := w.turnInHand(); wait > 0 {
			timer.Reset(wait)
		}
	}
}

// turnInHand is turn with the terminal in hand.
func (w *writer) turnInHand() time.Duration {
	<-w.terminal
	defer func() { w.terminal <- struct{}{} }()
	return w.turn(time.Now())
}

// turn draws what there is to draw. It returns when to look again, 0 if there
// is no need to until something changes.
func (w *writer) turn(now time.Time) time.Duration {
	if w.released {
		return 0
	}
	if wait := w.resizes.see(w.sizeOf(), now); wait > 0 {
		w.resized = true
		return wait
	}
	if wait := w.pause(now); wait > 0 && !w.resized {
		return wait
	}
	if w.resized {
		w.drawn = w.drawn.resized(w.resizes.size.columns, w.reflows)
		w.resized = false
	}
	s := w.display.take(maxFrame)
	if len(s.lines) > 0 {
		w.last = now
	}
	w.draw(s)
	w.rested = time.Now().Add(time.Since(now))
	if s.more {
		return time.Nanosecond
	}
	return 0
}

// pause is how long the next frame has to wait: one of lines for frameInterval
// since the last such, any for as long as the last one has taken, so that a
// line of many thousand characters leaves liner some time, too.
func (w *writer) pause(now time.Time) time.Duration {
	wait := w.rested.Sub(now)
	if lines, urgent := w.display.waiting(); lines && !urgent {
		wait = max(wait, frameInterval-now.Sub(w.last))
	}
	return wait
}

// draw puts a snapshot on the screen.
func (w *writer) draw(s snapshot) {
	if e, ok := w.printed.look(); ok {
		w.line = e
	}
	for _, line := range s.lines {
		w.kept.push(line)
	}
	v := lay(s, w.line, w.resizes.size)
	var f frame
	added, grown := w.drawn.grown(v)
	switch {
	case s.clear:
		f.drawAll(w.resizes.size, w.kept.lines, v)
	case len(s.lines) == 0 && w.drawn.same(v):
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
		_, _ = io.WriteString(w.out, s) // the keyboard notices that the terminal has gone
	}
}

// enter takes the terminal: nothing is known to be drawn on it.
func (w *writer) enter() {
	w.drawn, w.released = painted{}, false
	w.send(w.modes.enter)
	w.display.change(func() {})
}

// leave erases the prompt's rows and leaves the terminal to others.
func (w *writer) leave() {
	if w.released {
		return
	}
	var f frame
	f.erase(w.drawn)
	w.drawn, w.released = painted{}, true
	w.send(f.String() + w.modes.leave)
}

// withTerminal runs f with the terminal in hand, unless that takes too long because it
// takes no output. It reports whether it has.
func (w *writer) withTerminal(patience time.Duration, f func()) bool {
	select {
	case <-w.terminal:
		defer func() { w.terminal <- struct{}{} }()
		f()
		return true
	case <-time.After(patience):
		return false
	}
}

// flush prints all that waits, without a prompt below it.
func (w *writer) flush() {
	w.display.hide()
	for !w.released {
		s := w.display.take(maxFrame)
		w.draw(s)
		if !s.more {
			return
		}
	}
}
