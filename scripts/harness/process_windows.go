package harness

import "os"

// Exit codes of processes that were ended.
const (
	Killed  = 1 // by Kill
	stopped = Killed
)

// terminate kills a process: Go cannot ask it to end.
func terminate(p *os.Process) error { return p.Kill() }
