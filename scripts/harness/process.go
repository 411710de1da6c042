// Package harness starts the programs that tests and benchmarks run, chatd above
// all, waits until they answer, speaks to them, and ends them. It stands outside
// scripts/internal so that the tests of chat can use it, too.
//
// The tests of chatd's internal packages start no program. They have clients of their
// own, whose connections may be pipes in memory and whose time may be fake.
package harness

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
	"time"
)

// maxOutput is how many bytes Output returns.
const maxOutput = 800

// A Process is a program that was started. Any goroutine may use it.
type Process struct {
	cmd   *exec.Cmd
	log   string        // the file that stdout and stderr are appended to
	from  int64         // where this process's part of the file begins
	ended chan struct{} // closed when the process has ended
}

// Start starts a program, which appends what it prints to the file log. The program
// is not told of this one's settings for chatd and chat. On Linux it is killed when
// this program dies, and a terminal's ^C does not reach it.
func Start(log string, argv ...string) (*Process, error) { return StartWith(nil, log, argv...) }

// StartWith starts a program as Start does, with settings "NAME=value" added to its
// environment.
func StartWith(environment []string, log string, argv ...string) (*Process, error) {
	out, err := os.OpenFile(log, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
	if err != nil {
		return nil, err
	}
	defer func() { _ = out.Close() }() // the process has its own
	info, err := out.Stat()
	if err != nil {
		return nil, err
	}
	p := &Process{cmd: exec.Command(argv[0], argv[1:]...), log: log, from: info.Size(), ended: make(chan struct{})}
	p.cmd.Stdout, p.cmd.Stderr = out, out
	p.cmd.Env = append(Environment(), environment...)
	p.cmd.SysProcAttr = attributes()
	if err := p.cmd.Start(); err != nil {
		return nil, err
	}
	go func() { // ends with the process, which Kill and Stop wait for
		_ = p.cmd.Wait()
		close(p.ended)
	}()
	return p, nil
}

// Environment returns this program's environment without settings for chatd and
// chat.
func Environment() []string {
	return slices.DeleteFunc(os.Environ(), func(v string) bool {
		return strings.HasPrefix(v, "CHATD_") || strings.HasPrefix(v, "CHAT_")
	})
}

// An EarlyEnd is a process that ended before it was ready.
type EarlyEnd struct {
	Code   int // its exit code, or Killed
	Output string
}

// Error implements error.
func (e *EarlyEnd) Error() string {
	return fmt.Sprintf("it ended with exit code %d before it was ready: %s", e.Code, e.Output)
}

// Await calls ready every millisecond until it returns nil, for at most the time
// within. It returns an *EarlyEnd if the process ends first.
func (p *Process) Await(ctx context.Context, within time.Duration, ready func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	again := time.NewTicker(time.Millisecond)
	defer again.Stop()
	for {
		err := ready(ctx)
		if err == nil {
			return nil
		}
		select {
		case <-p.ended:
			return &EarlyEnd{p.ExitCode(), p.Output()}
		case <-ctx.Done():
			return fmt.Errorf("it was not ready: %w: %s", err, p.Output())
		case <-again.C:
		}
	}
}

// PID is the number by which the system knows the process.
func (p *Process) PID() int { return p.cmd.Process.Pid }

// Ended is closed when the process has ended.
func (p *Process) Ended() <-chan struct{} { return p.ended }

// ExitCode is the exit code of a process that has ended, or Killed.
func (p *Process) ExitCode() int { return p.cmd.ProcessState.ExitCode() }

// Kill ends the process at once, as a crash would, and waits until it has ended.
func (p *Process) Kill() {
	_ = p.cmd.Process.Kill() // it may have ended already
	<-p.ended
}

// Stop asks the process to end, and waits until it has. It is an error if the process
// has to be killed after the time within, or if its exit code is not 0. On Windows Stop
// kills the process at once, which is no error.
func (p *Process) Stop(within time.Duration) error {
	_ = terminate(p.cmd.Process) // it may have ended already
	select {
	case <-p.ended:
	case <-time.After(within):
		p.Kill()
		return fmt.Errorf("it did not stop within %v: %s", within, p.Output())
	}
	if p.ExitCode() != stopped {
		return fmt.Errorf("it stopped with %v: %s", p.cmd.ProcessState, p.Output())
	}
	return nil
}

// Output returns the end of what the process has printed.
func (p *Process) Output() string {
	out := p.printed()
	return strings.TrimSpace(out[max(0, len(out)-maxOutput):])
}

// printed returns what the process has printed.
func (p *Process) printed() string {
	out, err := os.ReadFile(p.log)
	if err != nil {
		return err.Error()
	}
	return string(bytes.ToValidUTF8(out[min(p.from, int64(len(out))):], []byte("?")))
}
