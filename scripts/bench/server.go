package main

import (
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// How long a server may take to answer after its start and to end, and how
// much of what it printed is shown when something goes wrong.
const (
	startWithin  = 10 * time.Second
	stopWithin   = 6 * time.Second
	lastWordsMax = 600
)

// A server is one process of a system.
type server struct {
	system
	address string
	cmd     *exec.Cmd
	printed *os.File
	end     context.CancelFunc
	ended   chan struct{} // closed when the process has ended
}

// start runs a system on a free port, with its files in a new directory below
// dir, and returns when it answers. It ends with ctx at the latest.
func start(ctx context.Context, sys system, dir string, k keeping) (*server, error) {
	dir, err := os.MkdirTemp(dir, sys.name()+"-")
	if err != nil {
		return nil, err
	}
	port, err := freePort()
	if err != nil {
		return nil, err
	}
	printed, err := os.Create(dir + ".log")
	if err != nil {
		return nil, err
	}
	s := &server{system: sys, address: net.JoinHostPort("127.0.0.1", fmt.Sprint(port)), printed: printed, ended: make(chan struct{})}
	argv, err := sys.command(dir, port, k)
	if err == nil {
		err = s.launch(ctx, argv)
	}
	if err != nil {
		_ = printed.Close()
		return nil, err
	}
	if err := s.awaken(ctx); err != nil {
		s.stop()
		return nil, err
	}
	return s, nil
}

// launch starts the process. SIGTERM ends it, SIGKILL when that takes too long
// or when this program dies; a terminal's ^C is not for it.
func (s *server) launch(ctx context.Context, argv []string) error {
	ctx, s.end = context.WithCancel(ctx)
	s.cmd = exec.CommandContext(ctx, argv[0], argv[1:]...)
	s.cmd.Cancel = func() error { return s.cmd.Process.Signal(syscall.SIGTERM) }
	s.cmd.WaitDelay = stopWithin
	s.cmd.Stdout, s.cmd.Stderr = s.printed, s.printed
	s.cmd.Env = slices.DeleteFunc(os.Environ(), func(v string) bool { return strings.HasPrefix(v, "CHATD_") })
	s.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
	if err := s.cmd.Start(); err != nil {
		s.end()
		return err
	}
	go func() { // stop waits for it
		_ = s.cmd.Wait()
		close(s.ended)
	}()
	return nil
}

// awaken waits until the server answers.
func (s *server) awaken(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, startWithin)
	defer cancel()
	retry := time.NewTicker(5 * time.Millisecond)
	defer retry.Stop()
	for {
		c, err := s.dial(ctx)
		if err == nil {
			return c.Close()
		}
		select {
		case <-s.ended:
			return fmt.Errorf("it has ended%s", s.lastWords())
		case <-ctx.Done():
			return fmt.Errorf("%w%s", err, s.lastWords())
		case <-retry.C:
		}
	}
}

// dial returns a new connection, greeted, which is closed when ctx ends.
func (s *server) dial(ctx context.Context) (*conn, error) {
	raw, err := new(net.Dialer).DialContext(ctx, "tcp", s.address)
	if err != nil {
		return nil, err
	}
	context.AfterFunc(ctx, func() { _ = raw.Close() })
	c := newConn(raw)
	if err := s.greet(c); err != nil {
		_ = c.Close()
		return nil, err
	}
	return c, nil
}

// stop ends the process, waits for its end and removes its files.
func (s *server) stop() {
	s.end()
	<-s.ended
	_ = s.printed.Close()
	_ = os.RemoveAll(strings.TrimSuffix(s.printed.Name(), filepath.Ext(s.printed.Name())))
	_ = os.Remove(s.printed.Name())
}

// cpu returns the processor time that the process has taken so far, to the
// nanosecond: /proc/PID/stat counts in hundredths of a second.
func (s *server) cpu() (time.Duration, error) {
	const scheduled = 2 // CPUCLOCK_SCHED; clock_getcpuclockid(3) puts the id together so
	var t unix.Timespec
	if err := unix.ClockGettime(int32(^s.cmd.Process.Pid<<3|scheduled), &t); err != nil {
		return 0, fmt.Errorf("the CPU time of %s: %w", s.name(), err)
	}
	return time.Duration(t.Nano()), nil
}

// lastWords is the end of what the process printed.
func (s *server) lastWords() string {
	printed, err := os.ReadFile(s.printed.Name())
	if err != nil || len(printed) == 0 {
		return ""
	}
	return "; it printed:\n" + strings.TrimSpace(string(printed[max(0, len(printed)-lastWordsMax):]))
}

// freePort returns a port that was free just now.
func freePort() (int, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	port := l.Addr().(*net.TCPAddr).Port
	return port, l.Close()
}
