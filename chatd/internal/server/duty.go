package server

import "sync/atomic"

// A duty is work on one session that one goroutine at a time does: whoever finds
// it idle when there is something to be done.
type duty struct{ state atomic.Int32 }

const (
	idle   int32 = iota
	busy         // somebody has the duty
	dirty        // and there is something new, so look once more
	closed       // nothing is to be done any more
)

// claim gives its caller the duty if nobody has it. Whoever has it will look once
// more.
func (d *duty) claim() bool {
	for {
		switch {
		case d.state.CompareAndSwap(idle, busy):
			return true
		case d.state.CompareAndSwap(busy, dirty):
			return false
		case d.state.Load() >= dirty:
			return false
		}
	}
}

// look notes that whoever has the duty is about to look.
func (d *duty) look() { d.state.CompareAndSwap(dirty, busy) }

// rest gives the duty back, unless there is something new.
func (d *duty) rest() bool {
	if d.state.CompareAndSwap(busy, idle) {
		return true
	}
	d.state.CompareAndSwap(dirty, busy)
	return false
}

// close has nobody get the duty any more.
func (d *duty) close() { d.state.Store(closed) }
