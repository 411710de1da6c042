package harness

import (
	"fmt"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

func attributes() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
}

// CPUSeconds returns the processor time that the process has used, to the
// nanosecond; /proc/PID/stat counts hundredths of a second. On systems other than
// Linux it is not a number.
func (p *Process) CPUSeconds() (float64, error) {
	const scheduled = 2 // CPUCLOCK_SCHED; clock_getcpuclockid(3) forms the clock's number so
	var t unix.Timespec
	if err := unix.ClockGettime(int32(^p.cmd.Process.Pid<<3|scheduled), &t); err != nil {
		return 0, fmt.Errorf("the CPU time of %s: %w", p.cmd.Path, err)
	}
	return time.Duration(t.Nano()).Seconds(), nil
}
