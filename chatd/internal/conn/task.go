package conn

import "sync/atomic"

// A task is work that one goroutine at a time does: whoever finds it idle when there is
// something to be done. The zero value is idle; any goroutine may call its methods.
type task struct{ state atomic.Int32 }

const (
	idle     int32 = iota
	running        // a goroutine is at it
	notified       // and there is something new, so it looks once more
	closed         // nothing is to be done any more
)

// tryRun reports whether the caller is to do the work. If not, whoever is at it will look
// once more, or the task is closed.
func (t *task) tryRun() bool {
	for {
		switch {
		case t.state.CompareAndSwap(idle, running):
			return true
		case t.state.CompareAndSwap(running, notified):
			return false
		case t.state.Load() >= notified:
			return false
		}
	}
}

// clearNotified notes that whoever runs the task is about to look.
func (t *task) clearNotified() { t.state.CompareAndSwap(notified, running) }

// park makes the task idle, unless there is something new; then the caller goes on.
func (t *task) park() bool {
	if t.state.CompareAndSwap(running, idle) {
		return true
	}
	t.clearNotified()
	return false
}

// close marks the task closed; tryRun then returns false.
func (t *task) close() { t.state.Store(closed) }
