package harness

import (
	"errors"
	"os"
)

// Exit codes of processes that were ended.
const (
	Killed  = 1 // by Kill
	stopped = Killed
)

// terminate kills a process: Go cannot ask it to end.
func terminate(p *os.Process) error { return p.Kill() }

// Suspend returns errors.ErrUnsupported: Windows has nothing of the kind.
func (p *Process) Suspend() error { return errors.ErrUnsupported }

// Resume returns errors.ErrUnsupported, like Suspend.
func (p *Process) Resume() error { return errors.ErrUnsupported }
