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

// Suspend stops the process where it is, until Resume.
func (p *Process) Suspend() error { return p.cmd.Process.Signal(syscall.SIGSTOP) }

// Resume has a process go on that was suspended.
func (p *Process) Resume() error { return p.cmd.Process.Signal(syscall.SIGCONT) }
