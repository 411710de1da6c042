package modeltest

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"regexp"
	"strings"
	"time"

	"pgregory.net/rapid"

	"linechat/chatd/internal/account"
	"linechat/chatd/internal/backplane"
	"linechat/chatd/internal/history"
	"linechat/chatd/internal/hub"
	"linechat/chatd/internal/listener"
	"linechat/chatd/internal/server"
)

// patience bounds every wait for what must come.
const patience = 10 * time.Second

// A daemon is a server, started and stopped over a store.
type daemon struct {
	hub    *hub.Hub
	server *server.Server
	store  history.Store
	form   transport
	served chan error
}

// A transport is how clients reach a server.
type transport interface {
	net.Listener
	dial() (net.Conn, error)
}

// start starts a server. Presence is told in rooms of up to so many members.
func start(t *rapid.T, store history.Store, form transport, presence int) *daemon {
	h, err := hub.New(context.Background(), store, backplane.NewLocal(store, nil), hub.Config{MaxRooms: 100, MaxMembers: 100, Presence: presence, LogBytes: 1 << 20})
	if err != nil {
		t.Fatal(err)
	}
	d := &daemon{hub: h, store: store, form: form, served: make(chan error, 1)}
	d.server, err = server.New(t.Context(), h, server.Config{
		Log: slog.New(slog.DiscardHandler), MaxLine: maxLine, MaxConnections: 100, MaxRooms: 100,
		Accounts: account.New(&account.Memory{}), Guests: true, Register: true,
	})
	if err != nil {
		t.Fatal(err)
	}
	go func() { d.served <- d.server.Serve(form) }() // stop waits for it
	return d
}

// stop stops the server in order, or, where it is abrupt, cuts every session off.
func (d *daemon) stop(abrupt bool) error {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	if abrupt {
		cancel()
	}
	if err := d.server.Shutdown(ctx); err != nil && !abrupt {
		return err
	}
	if err := d.server.Shutdown(context.Background()); err != nil {
		return err
	}
	if err := <-d.served; !errors.Is(err, server.ErrStopped) {
		return err
	}
	d.hub.Close()
	return nil
}

// A conn is a client's connection. A goroutine, which ends with the connection,
// reads its lines.
type conn struct {
	net.Conn
	lines chan string
}

func (d *daemon) dial(t *rapid.T) *conn {
	nc, err := d.form.dial()
	if err != nil {
		t.Fatal(err)
	}
	c := &conn{nc, make(chan string, 1000)}
	go c.read() // hangUp waits for it
	return c
}

func (c *conn) read() {
	defer close(c.lines)
	for r := bufio.NewReader(c.Conn); ; {
		line, err := r.ReadString('\n')
		if err != nil {
			return
		}
		for _, l := range plain(strings.TrimSuffix(line, "\n")) {
			c.lines <- l
		}
	}
}

// hangUp closes the connection, and passes over what has come.
func (c *conn) hangUp() {
	_ = c.Close()
	for range c.lines {
	}
}

// line returns the next line; "" means that the connection has ended.
func (c *conn) line(t *rapid.T) string {
	select {
	case line := <-c.lines:
		return line
	case <-time.After(patience):
		t.Fatal("no further line")
		return ""
	}
}

// send sends text. What is behind a QUIT may find the connection closed; what the server
// must have said before that is looked for elsewhere.
func (c *conn) send(t *rapid.T, text string) {
	if err := c.write(text); err != nil && !errors.Is(err, io.ErrClosedPipe) {
		t.Fatalf("sending: %v", err)
	}
}

func (c *conn) write(text string) error {
	_ = c.SetWriteDeadline(time.Now().Add(patience))
	_, err := io.WriteString(c, text)
	return err
}

// varying is what of a line differs from run to run, or is for people.
var varying = regexp.MustCompile(`^((?:ERR \S+|HELLO \S+|BYE|SEND) \S+) [^\r]+|^(PAST) \d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z`)

// fixed puts ~ in its place.
func fixed(line string) string {
	line = varying.ReplaceAllString(line, "$1$2 ~")
	if before, ok := strings.CutSuffix(line, " lost"); ok && strings.HasPrefix(line, "LEFT ") {
		return before + " end-of-input" // of a lost connection either is true
	}
	return line
}

// plain returns the lines of text for which a line stands. One of JSON begins
// with {.
func plain(line string) (lines []string) {
	if !strings.HasPrefix(line, "{") {
		return []string{fixed(line)}
	}
	line, cr := strings.CutSuffix(line, "\r")
	end := map[bool]string{true: "\r"}[cr]
	var o map[string]any
	if err := json.Unmarshal([]byte(line), &o); err != nil {
		return []string{fmt.Sprintf("%v: %s", err, line)}
	}
	kind := strings.ToUpper(fmt.Sprint(o["type"]))
	for i, text := range strings.Split(word(o, "text", ""), "\n") {
		if i > 0 {
			kind = "MORE"
		}
		lines = append(lines, "{"+fixed(past(o)+kind+fields(o, kind, text))+end)
	}
	return lines
}

func past(o map[string]any) string {
	if o["past"] == true {
		return "PAST " + word(o, "time", "?") + " "
	}
	return ""
}

// order is the fields of the lines, as in protocol.md's tables.
var order = map[string]string{
	"HELLO": "protocol nick text", "ERR": "verb code text", "MSG": "room seq nick text", "ME": "room seq nick text", "MORE": "room seq nick text",
	"TELL": "nick text", "JOINED": "room nick", "LEFT": "room nick why", "RENAMED": "room old nick", "TOPIC": "room nick text", "NOTICE": "text",
	"GAP": "room from to why", "ROOM": "room members text", "USER": "room nick role", "SETTING": "name value", "SEND": "room text", "BYE": "code text",
	"IGNORED": "nick", "OK IGNORE": "verb nick", "OK UNIGNORE": "verb nick",

	"OK WHOAMI": "verb nick room role", "OK PING": "verb text", "OK NICK": "verb nick", "OK ROOMS": "verb shown all", "OK CREATE": "verb room",
	"OK JOIN": "verb room members seq", "OK LEAVE": "verb room current", "OK WHO": "verb room members", "OK POST": "verb room seq", "OK ME": "verb room seq",
	"OK PASTE": "verb room seq", "OK TELL": "verb nick", "OK TOPIC": "verb room", "OK HISTORY": "verb room shown seq", "OK SEARCH": "verb room shown seq",
	"OK FORMAT": "verb format", "OK QUIT": "verb",
}

// fields returns the fields of a line of JSON as they stand in one of text.
func fields(o map[string]any, kind, text string) (line string) {
	if kind == "OK" {
		kind += " " + word(o, "verb", "?")
	}
	names := order[kind]
	if _, set := o["name"]; kind == "OK SET" {
		names = map[bool]string{true: "verb name value", false: "verb"}[set]
	}
	if _, one := o["nick"]; kind == "OK IGNORE" && !one {
		names = "verb"
	}
	for _, name := range strings.Fields(names) {
		value := text
		if name != "text" {
			value = word(o, name, "-")
		}
		line += " " + value
	}
	return line
}

func word(o map[string]any, name, none string) string {
	if v, ok := o[name]; ok {
		return fmt.Sprint(v)
	}
	return none
}

// A tcp transport is a listener of the system's.
type tcp struct{ net.Listener }

func listenTCP(t *rapid.T) transport {
	l, err := listener.TCP(context.Background(), "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	return tcp{l}
}

func (l tcp) dial() (net.Conn, error) {
	d := net.Dialer{Timeout: patience}
	return d.DialContext(context.Background(), "tcp", l.Addr().String())
}

// A pipes transport is in memory, where no connection has a descriptor.
type pipes struct {
	conns  chan net.Conn
	closed chan struct{}
}

func listenPipes(*rapid.T) transport { return pipes{make(chan net.Conn), make(chan struct{})} }

func (l pipes) dial() (net.Conn, error) {
	near, far := net.Pipe()
	l.conns <- far
	return near, nil
}

func (l pipes) Accept() (net.Conn, error) {
	select {
	case c := <-l.conns:
		return c, nil
	case <-l.closed:
		return nil, net.ErrClosed
	}
}

func (l pipes) Close() error {
	close(l.closed)
	return nil
}

func (l pipes) Addr() net.Addr { return &net.UnixAddr{Name: "pipes", Net: "unix"} }

// copyFiles copies a directory of files, as a kill would leave it.
func copyFiles(t *rapid.T, from, to string) {
	if err := os.CopyFS(to, os.DirFS(from)); err != nil {
		t.Fatal(err)
	}
}
