package netpoll

import "sync/atomic"

// A Task is work that one goroutine at a time does: whoever finds it idle when there is
// something to do. The zero value is an idle Task. All methods may be called from any
// goroutine, ClearNotified and Park only from the one that runs the task.
type Task struct{ state atomic.Int32 }

const (
	idle     int32 = iota
	running        // one goroutine runs the task
	notified       // and there is something new for it
	closed         // the task does not run again
)

// TryRun reports whether its caller is to run the task. If another goroutine runs it,
// that one is notified.
func (t *Task) TryRun() bool {
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

// ClearNotified is called before looking for something new.
func (t *Task) ClearNotified() { t.state.CompareAndSwap(notified, running) }

// Park makes the task idle and reports true, unless there is something new to do.
func (t *Task) Park() bool {
	if t.state.CompareAndSwap(running, idle) {
		return true
	}
	t.ClearNotified()
	return false
}

// Close closes the task: TryRun then returns false.
func (t *Task) Close() { t.state.Store(closed) }
