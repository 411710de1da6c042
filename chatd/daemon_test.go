package main

import (
	"bufio"
	"errors"
	"io"
	"io/fs"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/spf13/pflag"

	"linechat/scripts/harness"
)

// startDaemon starts chatd on a port of its own, and stops it with the test. It
// returns the daemon's address. args say where it keeps rooms.
func startDaemon(t *testing.T, args ...string) string {
	t.Helper()
	addresses, _ := startListening(t, args...)
	return addresses[0]
}

// startWithSignals is startDaemon, and returns how to send the daemon a signal.
func startWithSignals(t *testing.T, args ...string) (string, chan<- os.Signal) {
	t.Helper()
	addresses, signals := startListening(t, args...)
	return addresses[0], signals
}

// startListening is startWithSignals, and returns the addresses of all --listen among args
// as well, after the daemon's own.
func startListening(t *testing.T, args ...string) ([]string, chan<- os.Signal) {
	t.Helper()
	o := parseOptions(t, append([]string{"--listen", "127.0.0.1:0"}, args...))
	log, w := io.Pipe()
	signals, stopped := make(chan os.Signal), make(chan error, 1)
	go func() { // the cleanup waits for it
		d, err := start(t.Context(), o, o.logger(w))
		if err == nil {
			err = d.untilStopped(signals)
		}
		_ = w.CloseWithError(err)
		stopped <- err
	}()
	addresses := listensAt(t, log, len(o.listen))
	go func() { _, _ = io.Copy(io.Discard, log) }() // ends with the one above
	t.Cleanup(func() {
		signals <- syscall.SIGTERM
		if err := <-stopped; err != nil {
			t.Errorf("chatd ended with %v", err)
		}
	})
	return addresses, signals
}

// What fails at an address leaves no data directory behind.
func TestAddressInUseLeavesNothing(t *testing.T) {
	t.Parallel()
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	for _, scheme := range []string{"", "ssh://"} {
		data := filepath.Join(t.TempDir(), "data")
		o := parseOptions(t, []string{"--listen", "127.0.0.1:0", "--listen", scheme + taken.Addr().String(), "--data", data})
		if _, err := start(t.Context(), o, slog.New(slog.DiscardHandler)); err == nil || !strings.Contains(err.Error(), "--listen chooses another address") {
			t.Errorf("%q: %v", scheme, err)
		}
		if _, err := os.Stat(data); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%q: the data directory: %v", scheme, err)
		}
	}
}

// listensAt reads what chatd logs up to the last of n addresses that it listens at.
func listensAt(t *testing.T, log io.Reader, n int) (addresses []string) {
	t.Helper()
	lines := bufio.NewScanner(log)
	for len(addresses) < n && lines.Scan() {
		if _, address, ok := strings.Cut(lines.Text(), "msg=listening address="); ok {
			addresses = append(addresses, address)
		}
	}
	if len(addresses) < n {
		t.Fatalf("chatd listens at %q only: %v", addresses, lines.Err())
	}
	return addresses
}

// parseOptions returns what a command line without a command says.
func parseOptions(t *testing.T, args []string) *options {
	t.Helper()
	o := &options{}
	flags := pflag.NewFlagSet("chatd", pflag.ContinueOnError)
	for _, g := range o.groups() {
		flags.AddFlagSet(g.flags)
	}
	if err := flags.Parse(args); err != nil {
		t.Fatal(err)
	}
	if err := o.complete(flags, func(string) (string, bool) { return "", false }); err != nil {
		t.Fatal(err)
	}
	return o
}

// patience bounds every wait of a test for what must come.
const patience = 20 * time.Second

// A client is one connection, read line by line.
type client struct {
	t *testing.T
	*harness.Client
}

func dial(t *testing.T, address string) *client {
	t.Helper()
	c, err := harness.Dial(t.Context(), "tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	c.Timeout = patience
	return &client{t, c}
}

func (c *client) send(text string) {
	c.t.Helper()
	if err := c.Send(text); err != nil {
		c.t.Fatal(err)
	}
}

// line returns the next line, without its end.
func (c *client) line() string {
	c.t.Helper()
	line, err := c.ReadLine()
	if err != nil {
		c.t.Fatalf("no further line: %v (read %q)", err, line)
	}
	return line
}

func (c *client) expect(want string) {
	c.t.Helper()
	if got := c.line(); got != want {
		c.t.Fatalf("got  %q\nwant %q", got, want)
	}
}

// closed fails unless the server has closed the connection, with nothing more
// to read.
func (c *client) closed() {
	c.t.Helper()
	rest, err := io.ReadAll(c.In)
	if len(rest) > 0 || err != nil && !errors.Is(err, syscall.ECONNRESET) {
		c.t.Fatalf("not closed: %q, %v", rest, err)
	}
}
