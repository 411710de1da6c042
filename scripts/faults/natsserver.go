package main

import (
	"bufio"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"linechat/scripts/harness"
)

// A natsServer is one of those that keep the log of a chat on several machines. It can be
// started again after it has ended.
type natsServer struct {
	*harness.Process
	at                          *node
	program, dir                string
	prefix                      []string // of its command
	name                        string
	listen, cluster, monitoring string // addresses
}

// natsConfig is the configuration of a nats-server. The cluster's name is another in each run:
// servers of a run that goes on at the same time would take one at a port for their own that
// has just become free.
const natsConfig = `server_name: %s
listen: %q
http: %q
cluster { name: chat-%d, listen: %q, routes: [%s] }
jetstream { store_dir: %q, sync_interval: %s, max_memory_store: 64MB, max_file_store: 4GB }
lame_duck_grace_period: 1s
lame_duck_duration: 30s
`

// How long a nats-server may take.
const (
	natsWithin = 60 * time.Second
	askWithin  = 2 * time.Second // its monitoring
)

// newNATSServers returns nats-servers that form a cluster, each at a node, with its files in a
// directory of dir. sync says when they write what they acknowledge. None has been started.
func newNATSServers(program, dir, sync string, nodes []*node) (all []*natsServer, err error) {
	var routes []string
	for i, at := range nodes {
		a, err := at.freeAddresses(3)
		if err != nil {
			return nil, err
		}
		name := fmt.Sprintf("nats-%d", i+1)
		all = append(all, &natsServer{at: at, program: program, dir: filepath.Join(dir, name), name: name, listen: a[0], cluster: a[1], monitoring: a[2]})
		routes = append(routes, strconv.Quote("nats://"+a[1]))
	}
	for _, s := range all {
		if err := s.configure(strings.Join(routes, ", "), sync); err != nil {
			return nil, err
		}
	}
	return all, nil
}

// freeAddresses returns addresses of a node, where nobody else is.
func (n *node) freeAddresses(count int) (addresses []string, err error) {
	if n == nil {
		return harness.FreeAddresses(count)
	}
	for i := range count {
		addresses = append(addresses, fmt.Sprintf("%s:%d", n.address, firstPort+i))
	}
	return addresses, nil
}

const firstPort = 4222

func (s *natsServer) config() string { return filepath.Join(s.dir, "config") }

func (s *natsServer) data() string { return filepath.Join(s.dir, "data") }

func (s *natsServer) log() string { return filepath.Join(s.dir, "log") }

func (s *natsServer) configure(routes, sync string) error {
	if err := os.Mkdir(s.dir, 0o700); err != nil {
		return err
	}
	text := fmt.Sprintf(natsConfig, s.name, s.listen, s.monitoring, os.Getpid(), s.cluster, routes, s.data(), sync)
	return os.WriteFile(s.config(), []byte(text), 0o600)
}

// start starts the server, which is well once most of them run.
func (s *natsServer) start() (err error) {
	s.Process, err = harness.Start(s.log(), s.at.command(append(slices.Clip(s.prefix), s.program, "--config", s.config())...)...)
	return err
}

// well waits until the server has all that the others have.
func (s *natsServer) well(ctx context.Context) error {
	err := s.Await(ctx, natsWithin, func(ctx context.Context) error { return s.ask(ctx, "/healthz", new(json.RawMessage)) })
	if err != nil {
		return fmt.Errorf("starting %s: %w", s.name, err)
	}
	return nil
}

// retire has the server hand over what it leads, and end.
func (s *natsServer) retire(ctx context.Context) error {
	out, err := exec.CommandContext(ctx, s.program, "--signal", fmt.Sprint("ldm=", s.PID())).CombinedOutput()
	if err != nil {
		return fmt.Errorf("%w: %s", err, out)
	}
	select {
	case <-s.Ended():
		return nil
	case <-time.After(natsWithin):
		return fmt.Errorf("%s did not end within %v of being told to: %s", s.name, natsWithin, s.Output())
	case <-ctx.Done():
		return ctx.Err()
	}
}

// ask reads what the server's monitoring says at a path.
func (s *natsServer) ask(ctx context.Context, path string, into any) error {
	ctx, cancel := context.WithTimeout(ctx, askWithin)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+s.monitoring+path, nil)
	if err != nil {
		return err
	}
	client := http.Client{Transport: &http.Transport{DialContext: s.at.dial, DisableKeepAlives: true}}
	response, err := client.Do(request)
	if err != nil {
		return err
	}
	defer func() { _ = response.Body.Close() }()
	if response.StatusCode != http.StatusOK {
		return errors.New(response.Status)
	}
	return json.NewDecoder(response.Body).Decode(into)
}

// leader returns the name of the server that leads the log, as far as this one knows.
func (s *natsServer) leader(ctx context.Context) (name string, err error) {
	var all struct {
		Accounts []struct {
			Streams []struct {
				Cluster struct{ Leader string }
			} `json:"stream_detail"`
		} `json:"account_details"`
	}
	if err := s.ask(ctx, "/jsz?accounts=true&streams=true", &all); err != nil {
		return "", err
	}
	for _, account := range all.Accounts {
		for _, stream := range account.Streams {
			name = stream.Cluster.Leader
		}
	}
	return name, nil
}

// purge deletes the records of the log before one. It speaks the protocol of NATS itself, for
// of all programs chatd alone knows its client.
func (s *natsServer) purge(ctx context.Context, first uint64) error {
	conn, err := (&net.Dialer{Timeout: askWithin}).DialContext(ctx, "tcp", s.listen)
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close() }()
	if err := conn.SetDeadline(time.Now().Add(natsWithin)); err != nil {
		return err
	}
	request := fmt.Sprintf(`{"seq":%d}`, first)
	fmt.Fprintf(conn, "CONNECT {\"verbose\":false}\r\nSUB answer 1\r\nPUB $JS.API.STREAM.PURGE.chat answer %d\r\n%s\r\n", len(request), request)
	in := bufio.NewScanner(conn)
	for in.Scan() {
		if line := in.Text(); strings.HasPrefix(line, "{") {
			if !strings.Contains(line, `"success":true`) {
				return fmt.Errorf("purging the log: %s", line)
			}
			return nil
		}
	}
	return cmp.Or(in.Err(), io.ErrUnexpectedEOF)
}
