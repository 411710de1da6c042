package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
	"time"

	"linechat/scripts/harness"
)

// How long chatd may take.
const (
	startWithin = 20 * time.Second
	stopWithin  = 10 * time.Second
	checkWithin = 60 * time.Second
)

// A daemon is one run of chatd.
type daemon struct {
	*harness.Process
	socket  string
	began   time.Time
	startup time.Duration // from exec to HELLO
}

// log is the file that every chatd of the run logs to.
func (w *workspace) log() string { return w.path("chatd.log") }

// launch starts chatd without waiting for it. args say where its data is.
func (w *workspace) launch(args ...string) (*daemon, error) {
	return launch([]string{w.chatd}, w.path("socket"), w.log(), args...)
}

// launch starts a chatd that listens at a socket and appends to a log.
func launch(program []string, socket, log string, args ...string) (*daemon, error) {
	d := &daemon{socket: socket, began: time.Now()}
	var err error
	d.Process, err = harness.Start(log, slices.Concat(program, []string{"--listen", "unix://" + socket, "--rate", "0"}, args)...)
	return d, err
}

// start launches chatd and waits for its HELLO. A *harness.EarlyEnd is chatd refusing
// to start.
func (w *workspace) start(ctx context.Context, args ...string) (*daemon, error) {
	d, err := w.launch(args...)
	if err == nil {
		err = d.greet(ctx, startWithin)
	}
	if err != nil {
		return nil, err
	}
	return d, nil
}

// greet waits for the HELLO of a chatd that was launched, which is killed if none comes.
func (d *daemon) greet(ctx context.Context, within time.Duration) error {
	err := d.Await(ctx, within, func(ctx context.Context) error {
		c, err := dial(ctx, d.socket)
		if err != nil {
			return err
		}
		d.startup = time.Since(d.began)
		return c.Close()
	})
	if err != nil {
		d.Kill()
		return fmt.Errorf("starting chatd: %w", err)
	}
	return nil
}

// Kill kills chatd. A nil daemon has ended.
func (d *daemon) Kill() {
	if d != nil {
		d.Process.Kill()
	}
}

// crash returns the first sign in the log that chatd has broken down.
func (w *workspace) crash() string { return crash(w.log()) }

// crash returns the first sign in a log that a program has broken down.
func crash(file string) string {
	log, err := os.ReadFile(file)
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

// check has chatd check the data. A *checkFailure is what is wrong with them.
func (w *workspace) check(ctx context.Context, data string, flags ...string) error {
	ctx, cancel := context.WithTimeout(ctx, checkWithin)
	defer cancel()
	cmd := exec.CommandContext(ctx, w.chatd, append([]string{"check", "--data", data}, flags...)...)
	cmd.Env = harness.Environment()
	out, err := cmd.CombinedOutput()
	said := string(bytes.TrimSpace(out))
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
