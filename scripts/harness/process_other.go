//go:build !linux

package harness

import (
	"math"
	"syscall"
)

func attributes() *syscall.SysProcAttr { return nil }

// CPUSeconds is not a number: only Linux tells the processor time of a process that
// runs.
func (p *Process) CPUSeconds() (float64, error) { return math.NaN(), nil }
