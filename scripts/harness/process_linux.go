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
	return p.memory("smaps_rollup", "Rss") // statm is some pages behind
}

// PeakResident returns how many bytes of the process's memory have been resident at most. On
// systems other than Linux it is errors.ErrUnsupported.
func (p *Process) PeakResident() (float64, error) { return p.memory("status", "VmHWM") }

// memory returns the bytes of one field of a file in /proc/PID.
func (p *Process) memory(file, field string) (float64, error) {
	name := fmt.Sprintf("/proc/%d/%s", p.cmd.Process.Pid, file)
	text, err := os.ReadFile(name)
	if err != nil {
		return 0, err
	}
	_, text, _ = bytes.Cut(text, []byte("\n"+field+":"))
	var kib float64
	if _, err := fmt.Sscanf(string(text), "%f kB", &kib); err != nil {
		return 0, fmt.Errorf("%s of %s: %w", field, name, err)
	}
	return kib * 1024, nil
}
