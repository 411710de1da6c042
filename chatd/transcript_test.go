package main

import (
	"bufio"
	"errors"
	"io"
	"net"
	"os"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/spf13/pflag"

	"linechat/chatd/internal/spectest"
	"linechat/scripts/harness"
)

// startDaemon starts chatd on a port of its own, and stops it with the test. It
// returns the daemon's address. args say where it keeps rooms.
func startDaemon(t *testing.T, args ...string) string {
	t.Helper()
	address, _ := startWithSignals(t, args...)
	return address
}

// startWithSignals is startDaemon, and returns how to send the daemon a signal.
func startWithSignals(t *testing.T, args ...string) (string, chan<- os.Signal) {
	t.Helper()
	o := parseOptions(t, append([]string{"--listen", "127.0.0.1:0"}, args...))
	log, w := io.Pipe()
	signals, stopped := make(chan os.Signal), make(chan error, 1)
	go func() { // the cleanup waits for it
		d, err := start(o, o.logger(w))
		if err == nil {
			err = d.untilStopped(signals)
		}
		_ = w.CloseWithError(err)
		stopped <- err
	}()
	address := listensAt(t, log)
	go func() { _, _ = io.Copy(io.Discard, log) }() // ends with the one above
	t.Cleanup(func() {
		signals <- syscall.SIGTERM
		if err := <-stopped; err != nil {
			t.Errorf("chatd ended with %v", err)
		}
	})
	return address, signals
}

// listensAt reads what chatd logs up to the address that it listens at.
func listensAt(t *testing.T, log io.Reader) string {
	t.Helper()
	lines := bufio.NewScanner(log)
	for lines.Scan() {
		if _, address, ok := strings.Cut(lines.Text(), "msg=listening address="); ok {
			return address
		}
	}
	t.Fatalf("chatd does not listen: %v", lines.Err())
	return ""
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

// varying is what differs from run to run.
var varying = regexp.MustCompile(`guest-[0-9a-f]{6}|\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z`)

func fixed(line string) string { return varying.ReplaceAllString(line, "~") }

func TestTranscripts(t *testing.T) {
	all := spectest.Transcripts(t)
	if len(all) < 15 {
		t.Fatalf("protocol.md has %d transcripts only", len(all))
	}
	for _, tr := range all {
		t.Run(tr.Name, func(t *testing.T) {
			t.Run("memory", func(t *testing.T) { play(t, startDaemon(t, "--memory"), tr.Steps) })
			t.Run("data", func(t *testing.T) { play(t, startDaemon(t, "--data", t.TempDir()), tr.Steps) })
		})
	}
}

// play runs one transcript, and then sees that no client has more to read than
// the transcript says.
func play(t *testing.T, address string, steps []spectest.Step) {
	clients := map[string]*client{}
	for _, s := range steps {
		c := clients[s.Who]
		if c == nil {
			c = dial(t, address)
			clients[s.Who] = c
			if hello := c.line(); s.Mark == "<" {
				compare(t, s, hello)
				continue
			}
		}
		switch s.Mark {
		case ">":
			c.send(s.Text + "\n")
		case "<":
			compare(t, s, c.line())
		case ".":
			if err := c.Conn.(*net.TCPConn).CloseWrite(); err != nil {
				t.Fatal(err)
			}
		case "x":
			c.closed()
			clients[s.Who] = nil
		}
	}
	for who, c := range clients {
		if c == nil {
			continue
		}
		c.send("/PING the end\n")
		if got := c.line(); got != "OK PING the end" {
			t.Errorf("%s got a line that the transcript does not have: %q", who, got)
		}
	}
}

func compare(t *testing.T, s spectest.Step, got string) {
	t.Helper()
	if fixed(got) != fixed(s.Text) {
		t.Fatalf("protocol.md:%d: %s\ngot  %q\nwant %q", s.Line, s.Who, got, s.Text)
	}
}
