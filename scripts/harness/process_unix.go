//go:build unix

package harness

import (
	"os"
	"syscall"
)

// Exit codes of processes that were ended.
const (
	Killed  = -1 // by a signal, such as Kill's
	stopped = 0  // by terminate
)

// terminate asks a process to end.
func terminate(p *os.Process) error { return p.Signal(syscall.SIGTERM) }
