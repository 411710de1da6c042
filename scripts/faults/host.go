package main

import (
	"context"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"

	"linechat/chatd/proto"

	"linechat/scripts/harness"
)

// A host is one machine of a chat on several machines: a chatd, which can be started again
// after it has ended.
type host struct {
	*daemon
	at        *node
	name, dir string
	address   string   // where it takes those who come over TCP
	prefix    []string // of its command
	args      []string
	broken    atomic.Bool // by the event under way
}

// newHost returns a machine whose files are in a directory of dir. args say where the log is.
func newHost(dir string, number int, args []string) (*host, error) {
	addresses, err := harness.FreeAddresses(1)
	if err != nil {
		return nil, err
	}
	h := &host{name: fmt.Sprintf("chatd-%d", number), address: addresses[0]}
	h.dir = filepath.Join(dir, h.name)
	h.args = append([]string{"--listen", h.address, "--admin", h.admin()}, args...)
	return h, os.Mkdir(h.dir, 0o700)
}

func (h *host) data() string { return filepath.Join(h.dir, "data") }

func (h *host) log() string { return filepath.Join(h.dir, "log") }

func (h *host) admin() string { return filepath.Join(h.dir, "admin.sock") }

func (h *host) socket() string { return filepath.Join(h.dir, "socket") }

// launch starts chatd without waiting for it.
func (h *host) launch(program string) (err error) {
	h.daemon, err = launch(h.at.command(append(slices.Clip(h.prefix), program)...), h.socket(), h.log(), append([]string{"--data", h.data()}, h.args...)...)
	return err
}

// start starts chatd and waits for its HELLO.
func (h *host) start(ctx context.Context, program string) error {
	if err := h.launch(program); err != nil {
		return err
	}
	return h.greet(ctx, startWithin)
}

// A position is how far a machine has followed the log, and the hash of what has come of it.
type position struct{ applied, hash uint64 }

// position asks chatd for its position.
func (h *host) position(ctx context.Context) (p position, err error) {
	c, err := dial(ctx, h.admin())
	if err != nil {
		return p, err
	}
	defer func() { _ = c.Close() }()
	answer, err := c.Ask("STATS")
	if err != nil {
		return p, err
	}
	to := map[string]*uint64{"chatd_log_applied": &p.applied, "chatd_log_hash": &p.hash}
	for _, line := range answer {
		if n := to[line.Name]; n != nil {
			value, err := strconv.ParseFloat(line.Value, 64)
			if err != nil {
				return p, err
			}
			*n = uint64(value)
			delete(to, line.Name)
		}
	}
	if len(to) > 0 {
		return p, fmt.Errorf("%s has no figure %v", h.name, slices.Sorted(maps.Keys(to)))
	}
	return p, nil
}

// members asks chatd who is in a room.
func (h *host) members(ctx context.Context, room string) (nicks string, err error) {
	c, err := dial(ctx, h.socket())
	if err != nil {
		return "", err
	}
	defer func() { _ = c.Close() }()
	answer, err := c.Ask("IN " + room + " WHO")
	var all []string
	for _, line := range answer {
		if line.Type == proto.USER {
			all = append(all, line.Nick)
		}
	}
	slices.Sort(all)
	return strings.Join(all, " "), err
}

// decide has chatd have something decided by all machines.
func (h *host) decide(ctx context.Context, room, topic string) error {
	return h.ask(ctx, "IN "+room+" TOPIC "+topic)
}

// ask gives chatd a command.
func (h *host) ask(ctx context.Context, command string) error {
	c, err := dial(ctx, h.socket())
	if err != nil {
		return err
	}
	defer func() { _ = c.Close() }()
	_, err = c.Ask(command)
	return err
}
