package listener

import (
	"os"
	"sync"
	"time"
)

// A writeDeadline gives a deadline to writes that have none: those under way are ended by
// calling expired. The zero value, with that function, has no deadline. Writes are for one
// goroutine at a time; set may be called from any.
type writeDeadline struct {
	expired func() // ends the write under way, and fails all later ones

	mu       sync.Mutex
	deadline time.Time
	timer    *time.Timer // runs while a write is under way that has a deadline
	writing  bool
	timedOut bool
}

func (d *writeDeadline) set(t time.Time) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.deadline = t
	d.arm()
}

// arm sets the timer. The mutex is held.
func (d *writeDeadline) arm() {
	if d.timer != nil {
		d.timer.Stop()
		d.timer = nil
	}
	if d.writing && !d.deadline.IsZero() {
		d.timer = time.AfterFunc(time.Until(d.deadline), d.expire)
	}
}

// do calls write, and returns os.ErrDeadlineExceeded if it was ended.
func (d *writeDeadline) do(write func() (int, error)) (int, error) {
	if !d.begin() {
		return 0, os.ErrDeadlineExceeded
	}
	n, err := write()
	if d.end() && err != nil {
		err = os.ErrDeadlineExceeded
	}
	return n, err
}

// begin reports false if the deadline has passed.
func (d *writeDeadline) begin() bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.timedOut || !d.deadline.IsZero() && !time.Now().Before(d.deadline) {
		return false
	}
	d.writing = true
	d.arm()
	return true
}

func (d *writeDeadline) end() (timedOut bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.writing = false
	d.arm()
	return d.timedOut
}

func (d *writeDeadline) expire() {
	if d.passed() {
		d.expired()
	}
}

// passed notes that the write under way is ended, unless the deadline was moved meanwhile.
func (d *writeDeadline) passed() bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.timedOut = d.timedOut || d.writing && !d.deadline.IsZero() && !time.Now().Before(d.deadline)
	return d.timedOut
}
