//go:build linux

package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"time"
)

// How long chatd may take.
const (
	startWithin = 20 * time.Second
	stopWithin  = 10 * time.Second
	checkWithin = 60 * time.Second
)

// maxSaid is how many bytes of what chatd says are shown.
const maxSaid = 800

// A daemon is one run of chatd.
type daemon struct {
	socket  string
	process *os.Process
	log     string // the file that its stderr is appended to
	logFrom int64  // where in the file its own part begins
	begun   time.Time
	startup time.Duration // from exec to HELLO
	ended   chan struct{} // closed when it has ended; err and code are valid then
	err     error
	code    int // exit code, or killed
}

// killed is the code of a process that a signal has ended.
const killed = -1

// launch starts chatd without waiting for it. args say where its data is.
func (s *scene) launch(args ...string) (*daemon, error) {
	d := &daemon{socket: s.path("socket"), log: s.path("chatd.log"), ended: make(chan struct{})}
	log, err := os.OpenFile(d.log, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
	if err != nil {
		return nil, err
	}
	defer func() { _ = log.Close() }() // chatd has its own
	if info, err := log.Stat(); err == nil {
		d.logFrom = info.Size()
	}
	cmd := exec.Command(s.chatd, append([]string{"--listen", "unix://" + d.socket, "--rate", "0"}, args...)...)
	cmd.Stderr = log
	cmd.Env = environment()
	cmd.SysProcAttr = &syscall.SysProcAttr{
		Setpgid:   true,            // an interrupt from the terminal is for this program, which then ends chatd
		Pdeathsig: syscall.SIGKILL, // if this program cannot
	}
	d.begun = time.Now()
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	d.process = cmd.Process
	go func() { // ends with the process, which kill and stop wait for
		d.err = cmd.Wait()
		d.code = cmd.ProcessState.ExitCode()
		close(d.ended)
	}()
	return d, nil
}

// environment is this program's without settings for chatd.
func environment() (env []string) {
	for _, v := range os.Environ() {
		if !strings.HasPrefix(v, "CHATD_") {
			env = append(env, v)
		}
	}
	return env
}

// start launches chatd and waits for its HELLO.
func (s *scene) start(ctx context.Context, args ...string) (*daemon, error) {
	d, err := s.launch(args...)
	if err != nil {
		return nil, err
	}
	if err := d.greeted(ctx); err != nil {
		d.kill()
		return nil, err
	}
	return d, nil
}

// A refusal is chatd ending by itself before it greeted anybody.
type refusal struct {
	code int
	said string
}

func (r *refusal) Error() string {
	return fmt.Sprintf("chatd did not start (exit code %d): %s", r.code, r.said)
}

// greeted waits for chatd's first HELLO.
func (d *daemon) greeted(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, startWithin)
	defer cancel()
	for {
		if c, err := dial(ctx, d.socket); err == nil {
			d.startup = time.Since(d.begun)
			return c.Close()
		}
		select {
		case <-d.ended:
			return &refusal{d.code, d.said()}
		case <-ctx.Done():
			return fmt.Errorf("no HELLO after %v: %s", time.Since(d.begun).Round(time.Millisecond), d.said())
		case <-time.After(time.Millisecond):
		}
	}
}

// kill ends chatd with SIGKILL and waits until it is gone. One that is nil was
// never there.
func (d *daemon) kill() {
	if d == nil {
		return
	}
	_ = d.process.Kill() // it may have ended already
	<-d.ended
}

// stop ends chatd in good order.
func (d *daemon) stop() error {
	_ = d.process.Signal(syscall.SIGTERM) // it may have ended already
	select {
	case <-d.ended:
	case <-time.After(stopWithin):
		d.kill()
		return fmt.Errorf("chatd did not stop within %v", stopWithin)
	}
	if d.err != nil {
		return fmt.Errorf("chatd stopped with %w: %s", d.err, d.said())
	}
	return nil
}

// said returns the end of what chatd has written to stderr.
func (d *daemon) said() string {
	log, err := os.ReadFile(d.log)
	if err != nil {
		return err.Error()
	}
	log = log[min(d.logFrom, int64(len(log))):]
	return string(bytes.TrimSpace(log[max(0, len(log)-maxSaid):]))
}

// crash returns the first sign in the log that chatd has broken down.
func (s *scene) crash() string {
	log, err := os.ReadFile(s.path("chatd.log"))
	if err != nil {
		return ""
	}
	for line := range strings.Lines(string(log)) {
		for _, sign := range []string{"panic:", "fatal error:", "WARNING: DATA RACE", "SIGSEGV", "SIGBUS"} {
			if strings.Contains(line, sign) {
				return strings.TrimSpace(line)
			}
		}
	}
	return ""
}

// A checkFailure is chatd check naming problems, or failing itself.
type checkFailure struct {
	code int // 1: problems
	said string
}

func (f *checkFailure) Error() string {
	return fmt.Sprintf("chatd check ends with %d: %s", f.code, f.said)
}

// check has chatd check the data. A *checkFailure: they are not whole.
func (s *scene) check(ctx context.Context, data string) error {
	ctx, cancel := context.WithTimeout(ctx, checkWithin)
	defer cancel()
	cmd := exec.CommandContext(ctx, s.chatd, "check", "--data", data)
	cmd.Env = environment()
	out, err := cmd.CombinedOutput()
	said := string(bytes.TrimSpace(out[max(0, len(out)-maxSaid):]))
	var exit *exec.ExitError
	switch {
	case errors.As(err, &exit):
		return &checkFailure{exit.ExitCode(), said}
	case err != nil:
		return err
	case !strings.HasPrefix(said[strings.LastIndexByte(said, '\n')+1:], "ok "): // remarks may come before it
		return &checkFailure{0, said}
	}
	return nil
}
