package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"linechat/scripts/harness"
)

// How long a server may take to start.
const startWithin = 30 * time.Second

// A server is the processes of a system.
type server struct {
	system
	dir       string // its files
	processes []*harness.Process
	addresses []string // that clients connect to: one for each machine
}

// start runs a system for a benchmark, with its files in a new directory below dir, and
// returns when it answers.
func start(ctx context.Context, sys system, dir string, b *benchmark) (*server, error) {
	dir, err := os.MkdirTemp(dir, sys.name()+"-")
	if err != nil {
		return nil, err
	}
	s := &server{system: sys, dir: dir}
	if err := s.launch(ctx, b); err != nil {
		s.remove()
		return nil, err
	}
	return s, nil
}

// launch starts the processes, and returns when they answer.
func (s *server) launch(ctx context.Context, b *benchmark) error {
	data := filepath.Join(s.dir, "data")
	if err := os.Mkdir(data, 0o700); err != nil {
		return err
	}
	parts, err := s.parts(data, b.durability)
	if err != nil {
		return err
	}
	for i, p := range parts {
		process, err := harness.StartWith(b.environment, filepath.Join(s.dir, fmt.Sprint("log", i)), p.argv...)
		if err != nil {
			return err
		}
		s.processes = append(s.processes, process)
		if p.address != "" {
			s.addresses = append(s.addresses, p.address)
		}
	}
	return s.await(ctx)
}

// await waits until all processes that clients connect to, the last ones, answer.
func (s *server) await(ctx context.Context) error {
	others := len(s.processes) - len(s.addresses)
	for i, p := range s.processes[others:] {
		err := p.Await(ctx, startWithin, func(ctx context.Context) error {
			c, err := s.dial(ctx, i)
			if err != nil {
				return err
			}
			return c.Close()
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// dial returns a new connection to a machine, greeted, which is closed when ctx ends. A
// server that has fewer machines has them in turn.
func (s *server) dial(ctx context.Context, machine int) (*conn, error) {
	client, err := s.system.dial(ctx, s.addresses[machine%len(s.addresses)])
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

// CPUSeconds returns the processor time that all processes have used.
func (s *server) CPUSeconds() (float64, error) { return s.sum((*harness.Process).CPUSeconds) }

// Resident returns how many bytes of the memory of all processes are resident.
func (s *server) Resident() (float64, error) { return s.sum((*harness.Process).Resident) }

func (s *server) sum(of func(*harness.Process) (float64, error)) (sum float64, err error) {
	for _, p := range s.processes {
		n, failed := of(p)
		sum, err = sum+n, errors.Join(err, failed)
	}
	return sum, err
}

// output returns the end of what each process has printed.
func (s *server) output() (text string) {
	for _, p := range s.processes {
		text += p.Output() + "\n"
	}
	return text
}

// remove ends the processes, those that clients connect to first, and removes the files.
func (s *server) remove() {
	for len(s.processes) > 0 {
		last := len(s.processes) - 1
		s.processes[last].Kill()
		s.processes = s.processes[:last]
	}
	_ = os.RemoveAll(s.dir)
}

// freeAddress returns an address of this machine that was free just now.
func freeAddress() (string, error) {
	all, err := harness.FreeAddresses(1)
	if err != nil {
		return "", err
	}
	return all[0], nil
}
