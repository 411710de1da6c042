//go:build linux || darwin || freebsd || netbsd || openbsd

package terminal

import (
	"context"
	"time"

	"golang.org/x/sys/unix"
)

const (
	// No shell waits for an orphaned job, and the system does not stop it: the
	// stop is waited for so long.
	orphanTimeout = 200 * time.Millisecond
	// A process that goes on may see its timers before its signals.
	signalTimeout = 50 * time.Millisecond
	// How often a job in the background looks whether it still is.
	foregroundInterval = 200 * time.Millisecond
)

// Suspend stops the whole job, as Ctrl-Z does elsewhere, and returns when the
// process goes on, of which SIGCONT tells; at once if no shell waits for the
// job. Continued is told of SIGCONT; it has room for one element.
//
// It works because nobody handles SIGTSTP: once Go has done so it never gives
// that signal its usual effect back.
func (t *Terminal) Suspend(ctx context.Context, continued <-chan struct{}) {
	select {
	case <-continued: // after an earlier stop
	default:
	}
	_ = unix.Kill(0, unix.SIGTSTP) // which may return before the process is stopped
	select {
	case <-continued:
		return
	case <-ctx.Done():
		return
	case <-time.After(orphanTimeout):
	}
	select {
	case <-continued:
	case <-time.After(signalTimeout):
	}
}

// AwaitForeground waits until a shell gives the terminal to this job. It
// reports false if ctx ends first. A shell sends no signal to a job that was
// running in the background.
func (t *Terminal) AwaitForeground(ctx context.Context, continued <-chan struct{}) bool {
	tick := time.NewTicker(foregroundInterval)
	defer tick.Stop()
	for ctx.Err() == nil {
		if t.Foreground() {
			return true
		}
		select {
		case <-continued:
		case <-tick.C:
		case <-ctx.Done():
		}
	}
	return false
}
