package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// clockApart is by how much the clocks of programs differ, from one number to the next.
const clockApart = time.Hour

// clockVariable is the environment variable by which a program's clock is put forward, in
// seconds.
const clockVariable = "FAULTS_CLOCK"

// shiftFile is added to the package time. Programs written in Go do not ask the C library, which
// could be replaced without that.
const shiftFile = `package time

import "syscall"

var shift = func() int64 {
	text, _ := syscall.Getenv("` + clockVariable + `")
	seconds, _ := atoi(text)
	return int64(seconds)
}()
`

// buildShifted builds a program whose clock the variable puts forward. The clock that measures
// how much time has passed goes on as it does.
func (w *workspace) buildShifted(ctx context.Context, name, pkg string) (program string, err error) {
	w.progress.Show("building %s with another clock", name)
	root, err := exec.CommandContext(ctx, "go", "env", "GOROOT").Output()
	if err != nil {
		return "", skipped{"building programs needs go: " + err.Error()}
	}
	source := filepath.Join(strings.TrimSpace(string(root)), "src", "time")
	overlay, err := w.overlay(source)
	if err != nil {
		return "", err
	}
	program = w.path(name)
	if out, err := exec.CommandContext(ctx, "go", "build", "-overlay", overlay, "-o", program, pkg).CombinedOutput(); err != nil {
		return "", fmt.Errorf("building %s: %w\n%s", name, err, out)
	}
	return program, nil
}

// overlay writes what replaces files of the package time, and returns the file that says so.
func (w *workspace) overlay(source string) (file string, err error) {
	const reads = "sec, nsec, mono := runtimeNow()\n"
	now, err := os.ReadFile(filepath.Join(source, "time.go"))
	if err != nil {
		return "", err
	}
	if strings.Count(string(now), reads) != 1 {
		return "", skipped{"the package time of this version of Go reads the clock in another way"}
	}
	files := map[string]string{"time.go": strings.Replace(string(now), reads, reads+"\tsec += shift\n", 1), "shift.go": shiftFile}
	var replace struct{ Replace map[string]string }
	replace.Replace = map[string]string{}
	for name, text := range files {
		replace.Replace[filepath.Join(source, name)] = w.path(name)
		if err := os.WriteFile(w.path(name), []byte(text), 0o600); err != nil {
			return "", err
		}
	}
	text, err := json.Marshal(replace)
	if err != nil {
		return "", err
	}
	file = w.path("overlay.json")
	return file, os.WriteFile(file, text, 0o600)
}

// shiftClocks builds the programs, and has the clocks of no two of a kind agree.
func (c *cluster) shiftClocks(ctx context.Context) error {
	nats, err := c.buildShifted(ctx, "nats-server", "github.com/nats-io/nats-server/v2")
	if err != nil {
		return err
	}
	if c.chatd, err = c.buildShifted(ctx, "chatd", "linechat/chatd"); err != nil {
		return err
	}
	for i, s := range c.nats {
		s.program, s.prefix = nats, clockAhead(i)
	}
	for i, h := range c.hosts {
		h.prefix = clockAhead(machines - i)
	}
	return nil
}

// clockAhead returns what a command begins with that runs a program whose clock is ahead.
func clockAhead(n int) []string {
	return []string{"env", fmt.Sprintf("%s=%.0f", clockVariable, (clockApart * time.Duration(n)).Seconds())}
}
