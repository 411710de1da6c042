//go:build unix

package main

import (
	"context"
	"errors"
	"os"
	"os/signal"
	"sync"

	"golang.org/x/sys/unix"
)

// takesEscapes reports whether f is a terminal that understands escape
// sequences.
func takesEscapes(f *os.File) bool { return isTerminal(f) }

// saveMode has nothing to do: takesEscapes changes no mode.
func saveMode(*os.File) (restore func()) { return func() {} }

// keepBrokenPipes has a write that nobody reads fail, in place of a signal that
// ends chat.
func keepBrokenPipes() { signal.Ignore(unix.SIGPIPE) }

// isBrokenPipe reports whether a write has failed because nobody reads it.
func isBrokenPipe(err error) bool { return errors.Is(err, unix.EPIPE) }

// readerGone waits until nobody reads what is written to f. False: the context
// has ended first.
func readerGone(ctx context.Context, f *os.File) (bool, error) {
	r, w, err := os.Pipe()
	if err != nil {
		return false, err
	}
	defer r.Close()
	ctx, cancel := context.WithCancel(ctx)
	var wg sync.WaitGroup
	wg.Go(func() {
		<-ctx.Done()
		_ = w.Close() // which a poll of r returns for
	})
	defer wg.Wait()
	defer cancel()
	for {
		// Errors and hang-ups are reported without being asked for.
		fds := []unix.PollFd{{Fd: int32(f.Fd())}, {Fd: int32(r.Fd()), Events: unix.POLLIN}}
		_, err := unix.Poll(fds, -1)
		if errors.Is(err, unix.EINTR) {
			continue
		}
		return fds[1].Revents == 0 && fds[0].Revents&(unix.POLLERR|unix.POLLHUP) != 0, err
	}
}
