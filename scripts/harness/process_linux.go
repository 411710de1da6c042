package harness

import (
	"bytes"
	"fmt"
	"os"
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

// Resident returns how many bytes of the process's memory are resident. On systems other
// than Linux it is errors.ErrUnsupported.
func (p *Process) Resident() (float64, error) {
	const rollup = "/proc/%d/smaps_rollup" // /proc/PID/statm is some pages behind
	text, err := os.ReadFile(fmt.Sprintf(rollup, p.cmd.Process.Pid))
	if err != nil {
		return 0, err
	}
	_, text, _ = bytes.Cut(text, []byte("\nRss:"))
	var kib float64
	if _, err := fmt.Sscanf(string(text), "%f kB", &kib); err != nil {
		return 0, fmt.Errorf(rollup+": %w", p.cmd.Process.Pid, err)
	}
	return kib * 1024, nil
}
