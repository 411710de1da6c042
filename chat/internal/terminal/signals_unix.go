//go:build linux || darwin || freebsd || netbsd || openbsd

package terminal

import (
	"os"
	"os/signal"
	"slices"
	"syscall"

	"golang.org/x/sys/unix"
)

// Signals are those that concern a terminal: its size may have changed
// (SIGWINCH), the process goes on after a stop (SIGCONT), or it is to end (the
// others).
type Signals struct {
	C    <-chan os.Signal
	c    chan os.Signal
	ends []os.Signal // those that end the process
}

// NotifySignals has signals come on C instead of their usual effect. One that
// whoever started the program had ignored, as nohup does, stays ignored.
func NotifySignals() *Signals {
	ends := slices.DeleteFunc([]os.Signal{unix.SIGTERM, unix.SIGHUP, unix.SIGINT, unix.SIGQUIT}, signal.Ignored)
	c := make(chan os.Signal, 16)
	signal.Notify(c, append([]os.Signal{unix.SIGCONT, unix.SIGWINCH}, ends...)...)
	return &Signals{C: c, c: c, ends: ends}
}

// ResetEnds gives the signals that end the process their usual effect back: the
// next one ends it at once.
func (s *Signals) ResetEnds() { signal.Reset(s.ends...) }

// Stop gives all signals their usual effect back, and closes C.
func (s *Signals) Stop() {
	signal.Stop(s.c)
	close(s.c)
}

// EndedBy is the error of a process that a signal has ended.
func EndedBy(s os.Signal) *SignalError {
	if number, ok := s.(syscall.Signal); ok {
		return &SignalError{Name: unix.SignalName(number)}
	}
	return &SignalError{Name: s.String()}
}
