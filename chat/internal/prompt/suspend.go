package prompt

import "time"

const (
	// No shell waits for an orphaned job, and the system does not stop it: so
	// long it is waited for the stop.
	orphanPatience = 200 * time.Millisecond
	// A process that goes on sees its timers before its signals, perhaps.
	signalPatience = 50 * time.Millisecond
	// How often a job in the background looks whether it still is.
	foregroundInterval = 200 * time.Millisecond
)

// suspend gives the terminal back and stops the process, until a shell brings
// it to the foreground again. The keyboard's goroutine calls it, so that no
// key is read meanwhile.
func (c *Prompt) suspend() {
	c.away(func() {
		if c.terminal.foreground() {
			c.writer.leave()
			_ = c.terminal.restore()
		}
		select {
		case <-c.continued: // after an earlier stop
		default:
		}
		stopProcess()
		c.awaitContinued()
	})
}

// resume takes the terminal again: the process was stopped by somebody else,
// and the terminal may have been anyone's meanwhile.
func (c *Prompt) resume() { c.away(func() {}) }

// away runs leave, and enters the terminal as soon as that may be used by this
// process. Nothing is drawn in between.
func (c *Prompt) away(leave func()) {
	select {
	case <-c.writer.terminal:
	case <-c.keyboard.ending:
		return
	}
	defer func() { c.writer.terminal <- struct{}{} }()
	leave()
	c.writer.released = true
	if c.awaitForeground() {
		_ = c.terminal.raw()
		c.writer.enter()
	}
}

// awaitForeground waits until a shell gives the terminal to this job. It
// reports false if the prompt ends first. A shell sends no signal to a job
// that was running in the background.
func (c *Prompt) awaitForeground() bool {
	tick := time.NewTicker(foregroundInterval)
	defer tick.Stop()
	for {
		select {
		case <-c.keyboard.ending:
			return false
		default:
		}
		if c.terminal.foreground() {
			return true
		}
		select {
		case <-c.continued:
		case <-tick.C:
		case <-c.keyboard.ending:
		}
	}
}

// awaitContinued waits until the process, having been stopped, goes on.
func (c *Prompt) awaitContinued() {
	select {
	case <-c.continued:
		return
	case <-c.keyboard.ending:
		return
	case <-time.After(orphanPatience):
	}
	select {
	case <-c.continued:
	case <-time.After(signalPatience):
	}
}
