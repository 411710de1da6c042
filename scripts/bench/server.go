package main

import (
	"context"
	"fmt"
	"net"
	"os"
	"time"

	"linechat/scripts/harness"
)

// How long a server may take to start and to end.
const (
	startWithin = 10 * time.Second
	stopWithin  = 6 * time.Second
)

// A server is one process of a system.
type server struct {
	system
	*harness.Process
	dir     string // its files
	argv    []string
	address string
}

// start runs a system for a benchmark on a free port, with its files in a new directory
// below dir, and returns when it answers.
func start(ctx context.Context, sys system, dir string, b *benchmark) (*server, error) {
	dir, err := os.MkdirTemp(dir, sys.name()+"-")
	if err != nil {
		return nil, err
	}
	port, err := freePort()
	if err != nil {
		return nil, err
	}
	s := &server{system: sys, dir: dir, address: net.JoinHostPort("127.0.0.1", fmt.Sprint(port))}
	if s.argv, err = sys.command(dir, port, b.durability); err != nil {
		return nil, err
	}
	return s, s.launch(ctx, b.environment)
}

// launch starts the process and returns when it answers.
func (s *server) launch(ctx context.Context, environment []string) (err error) {
	if s.Process, err = harness.StartWith(environment, s.log(), s.argv...); err != nil {
		return err
	}
	err = s.Await(ctx, startWithin, func(ctx context.Context) error {
		c, err := s.dial(ctx)
		if err != nil {
			return err
		}
		return c.Close()
	})
	if err != nil {
		s.remove()
	}
	return err
}

// log is the file that the process prints to.
func (s *server) log() string { return s.dir + ".log" }

// dial returns a new connection, greeted, which is closed when ctx ends.
func (s *server) dial(ctx context.Context) (*conn, error) {
	client, err := s.system.dial(ctx, s.address)
	if err != nil {
		return nil, err
	}
	c := &conn{client}
	if err := s.greet(c); err != nil {
		_ = c.Close()
		return nil, err
	}
	return c, nil
}

// remove ends the process and removes its files.
func (s *server) remove() {
	s.Kill()
	_ = os.RemoveAll(s.dir)
	_ = os.Remove(s.log())
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
