//go:build !linux

package harness

import (
	"errors"
	"fmt"
	"math"
	"syscall"
)

func attributes() *syscall.SysProcAttr { return nil }

// CPUSeconds is not a number: only Linux tells the processor time of a process that
// runs.
func (p *Process) CPUSeconds() (float64, error) { return math.NaN(), nil }

// Resident returns an error: only Linux tells the memory of a process in a file.
func (p *Process) Resident() (float64, error) {
	return 0, fmt.Errorf("the memory of %s: %w", p.cmd.Path, errors.ErrUnsupported)
}

// PeakResident returns an error: only Linux tells the memory of a process in a file.
func (p *Process) PeakResident() (float64, error) { return p.Resident() }
