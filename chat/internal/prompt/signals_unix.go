//go:build linux || darwin || freebsd || netbsd || openbsd

package prompt

import (
	"os"
	"syscall"

	"golang.org/x/sys/unix"
)

// The signals that the prompt handles.
var (
	endSignals    = []os.Signal{unix.SIGTERM, unix.SIGHUP, unix.SIGINT, unix.SIGQUIT}
	continued     = os.Signal(unix.SIGCONT)
	resizedSignal = os.Signal(unix.SIGWINCH)
)

// stopProcess stops the whole job, as Ctrl-Z does elsewhere. It returns at
// once; the stop comes soon, or not at all if no shell waits for the job. It
// works because nobody handles SIGTSTP: once Go has done so it never gives the
// signal its usual effect back.
func stopProcess() { _ = unix.Kill(0, unix.SIGTSTP) }

// signalName is the usual name of a signal.
func signalName(s os.Signal) string {
	if number, ok := s.(syscall.Signal); ok {
		return unix.SignalName(number)
	}
	return s.String()
}
