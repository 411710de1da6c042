//go:build !(linux || darwin || freebsd || netbsd || openbsd)

package prompt

import "os"

var (
	endSignals    []os.Signal
	continued     os.Signal = os.Interrupt
	resizedSignal os.Signal = os.Interrupt
)

func stopProcess() {}

func signalName(s os.Signal) string { return s.String() }
