//go:build linux || darwin || freebsd || netbsd || openbsd

package terminal

import (
	"os"
	"os/signal"
	"slices"
	"sync"
	"syscall"

	"golang.org/x/sys/unix"
)

// Signals are those that concern a terminal: its size may have changed
// (SIGWINCH), the process goes on after a stop (SIGCONT), or it is to end (the
// others).
type Signals struct {
	c        chan os.Signal
	ends     []os.Signal // those that end the process
	handling sync.WaitGroup
}

// NotifySignals has signals wait for Handle instead of having their usual effect.
// One that whoever started the program had ignored, as nohup does, stays ignored.
func NotifySignals() *Signals {
	s := &Signals{c: make(chan os.Signal, 16)}
	s.ends = slices.DeleteFunc([]os.Signal{unix.SIGTERM, unix.SIGHUP, unix.SIGINT, unix.SIGQUIT}, signal.Ignored)
	signal.Notify(s.c, append([]os.Signal{unix.SIGCONT, unix.SIGWINCH}, s.ends...)...)
	return s
}

// Handle has signals handled, one after the other, in a goroutine that ends with
// Stop.
func (s *Signals) Handle(handle func(os.Signal)) {
	s.handling.Go(func() {
		for received := range s.c {
			handle(received)
		}
	})
}

// ResetEnds gives the signals that end the process their usual effect back: the
// next one ends it at once.
func (s *Signals) ResetEnds() { signal.Reset(s.ends...) }

// Stop gives all signals their usual effect back, and waits until none is handled.
func (s *Signals) Stop() {
	signal.Stop(s.c)
	close(s.c)
	s.handling.Wait()
}

// EndedBy is the error of a process that a signal has ended.
func EndedBy(s os.Signal) *SignalError {
	return &SignalError{Name: unix.SignalName(s.(syscall.Signal))}
}
