package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"slices"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// How long a server may take to answer after its start and to end, how often it
// is asked whether it answers, and how much of what it printed is shown when
// something goes wrong.
const (
	startWithin  = 10 * time.Second
	retryAfter   = time.Millisecond
	stopWithin   = 6 * time.Second
	lastWordsMax = 600
)

// A server is one process of a system.
type server struct {
	system
	dir     string // where its files are
	argv    []string
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
	s := &server{system: sys, dir: dir, address: net.JoinHostPort("127.0.0.1", fmt.Sprint(port)), printed: printed}
	if s.argv, err = sys.command(dir, port, k); err == nil {
		err = s.launch(ctx)
	}
	if err != nil {
		_ = printed.Close()
		return nil, err
	}
	if err := s.awaken(ctx); err != nil {
		err = fmt.Errorf("%w%s", err, s.lastWords())
		s.stop()
		return nil, err
	}
	return s, nil
}

// launch starts the process. SIGTERM ends it, SIGKILL when that takes too long
// or when this program dies; a terminal's ^C is not for it.
func (s *server) launch(ctx context.Context) error {
	ctx, end := context.WithCancel(ctx)
	cmd := exec.CommandContext(ctx, s.argv[0], s.argv[1:]...)
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) }
	cmd.WaitDelay = stopWithin
	cmd.Stdout, cmd.Stderr = s.printed, s.printed
	cmd.Env = slices.DeleteFunc(os.Environ(), func(v string) bool { return strings.HasPrefix(v, "CHATD_") })
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
	if err := cmd.Start(); err != nil {
		end()
		return err
	}
	ended := make(chan struct{})
	s.cmd, s.end, s.ended = cmd, end, ended
	go func() { // halt waits for it
		_ = cmd.Wait()
		close(ended)
	}()
	return nil
}

// awaken waits until the server answers.
func (s *server) awaken(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, startWithin)
	defer cancel()
	retry := time.NewTicker(retryAfter)
	defer retry.Stop()
	for {
		c, err := s.dial(ctx)
		if err == nil {
			return c.Close()
		}
		select {
		case <-s.ended:
			return errors.New("it has ended")
		case <-ctx.Done():
			return err
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

// halt ends the process and waits for its end; the files stay. It is an error
// if the process did not end by itself and well.
func (s *server) halt() error {
	s.end()
	<-s.ended
	if !s.cmd.ProcessState.Success() {
		return fmt.Errorf("it ended with %v", s.cmd.ProcessState)
	}
	return nil
}

// stop ends the process, waits for its end and removes its files.
func (s *server) stop() {
	_ = s.halt()
	_ = s.printed.Close()
	_ = os.RemoveAll(s.dir)
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
