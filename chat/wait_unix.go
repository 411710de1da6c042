//go:build unix

package main

import (
	"context"
	"errors"
	"os"

	"golang.org/x/sys/unix"
)

// An alarm ends a wait for a file when a context ends. Close it.
type alarm struct {
	r, w   *os.File
	disarm func() bool
	rung   chan struct{}
}

func newAlarm(ctx context.Context) (*alarm, error) {
	r, w, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	a := &alarm{r: r, w: w, rung: make(chan struct{})}
	a.disarm = context.AfterFunc(ctx, func() {
		_ = w.Close() // which a poll of r returns for
		close(a.rung)
	})
	return a, nil
}

func (a *alarm) close() {
	if a.disarm() {
		_ = a.w.Close()
	} else {
		<-a.rung
	}
	_ = a.r.Close()
}

// readable waits until f can be read; false: the context has ended first.
func (a *alarm) readable(f *os.File) (bool, error) {
	_, rung, err := a.poll(f, unix.POLLIN)
	return !rung, err
}

// abandoned waits until nobody reads what is written to f; false: the context
// has ended first.
func (a *alarm) abandoned(f *os.File) (bool, error) {
	events, rung, err := a.poll(f, 0)
	return !rung && events&(unix.POLLERR|unix.POLLHUP) != 0, err
}

// poll waits for events of f, or errors, which are events that always count.
func (a *alarm) poll(f *os.File, events int16) (got int16, rung bool, err error) {
	for {
		fds := []unix.PollFd{{Fd: int32(f.Fd()), Events: events}, {Fd: int32(a.r.Fd())}}
		_, err := unix.Poll(fds, -1)
		if errors.Is(err, unix.EINTR) {
			continue
		}
		return fds[0].Revents, fds[1].Revents != 0, err
	}
}
