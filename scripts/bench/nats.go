package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net"
	"os"
	"path/filepath"
)

// nats is nats-server. A room on disk is a JetStream stream with one replica, a room
// in memory is a subject.
type nats struct {
	door
	path string
}

func (*nats) name() string { return "nats" }

// offers is false for what is to be stored and delivered: jetstream does that.
func (*nats) offers(d durability) bool { return d != delivered }

func (s *nats) parts(dir string, d durability) ([]part, error) {
	address, err := freeAddress()
	if err != nil {
		return nil, err
	}
	config := ""
	if d == onDisk {
		config = jetstreamIn(dir)
	}
	p, err := s.part(filepath.Join(dir, "nats.conf"), address, config)
	return []part{p}, err
}

// jetstreamIn returns the configuration of streams that are synced before anything is
// acknowledged.
func jetstreamIn(dir string) string {
	return fmt.Sprintf("jetstream: { store_dir: %q, sync_interval: always }\n", dir)
}

// part returns a process of nats-server, whose configuration it writes to path.
func (s *nats) part(path, address, config string) (part, error) {
	config = fmt.Sprintf("listen: %q\nmax_connections: 20000\nmax_pending: 256MB\n", address) + config
	return part{[]string{s.path, "--config", path}, address}, os.WriteFile(path, []byte(config), 0o600)
}

func (s *nats) greet(c *conn) error {
	if err := c.Send("CONNECT {\"verbose\":false,\"pedantic\":false}\r\nPING\r\n"); err != nil {
		return err
	}
	return awaitPong(c)
}

// awaitPong reads up to the answer to a PING.
func awaitPong(c *conn) error {
	for {
		line, err := c.line()
		if err != nil || string(line) == "PONG" {
			return err
		}
		if err := control(c, line); err != nil {
			return err
		}
	}
}

// control handles a line that the server may send at any time.
func control(c *conn, line []byte) error {
	switch {
	case string(line) == "PING":
		return c.Send("PONG\r\n")
	case bytes.HasPrefix(line, []byte("INFO ")):
		return nil
	}
	return fmt.Errorf("nats said %q", line)
}

// An inbox is a connection and the subject on which it receives replies.
type inbox struct {
	*conn
	subject string
	head    []byte // the beginning of a reply's first line
}

func newInbox(c *conn) (*inbox, error) { return newInboxFor(c, "_INBOX") }

func newInboxFor(c *conn, purpose string) (*inbox, error) {
	subject := fmt.Sprintf("%s.%d", purpose, c.LocalAddr().(*net.TCPAddr).Port)
	return &inbox{c, subject, []byte("MSG " + subject + " 1 ")}, c.Send("SUB " + subject + " 1\r\n")
}

// close ends the receiving of replies, and skips those that are still to come.
func (i *inbox) close() error {
	err := i.Send("UNSUB 1\r\nPING\r\n")
	for line := []byte(nil); err == nil && string(line) != "PONG"; {
		line, err = i.line()
	}
	return err
}

// publication returns the message that publishes data and asks for a reply.
func (i *inbox) publication(subject string, data []byte) []byte {
	return fmt.Appendf(nil, "PUB %s %s %d\r\n%s\r\n", subject, i.subject, len(data), data)
}

// ask sends a message and returns the reply, which is one line from JetStream. It is
// valid until the next read.
func (i *inbox) ask(publication []byte) ([]byte, error) {
	if _, err := i.Write(publication); err != nil {
		return nil, err
	}
	for {
		line, err := i.line()
		if err != nil {
			return nil, err
		}
		if bytes.HasPrefix(line, i.head) {
			return i.line()
		}
		if err := control(i.conn, line); err != nil {
			return nil, err
		}
	}
}

// makeRooms creates the streams. One for each room is faster than one for all.
func (s *nats) makeRooms(c *conn, d durability, names ...string) error {
	if d == inMemory {
		return nil
	}
	in, err := newInbox(c)
	if err != nil {
		return err
	}
	for _, name := range names {
		if err := makeStream(in, map[string]any{"name": name, "subjects": []string{name}, "num_replicas": 1}); err != nil {
			return err
		}
	}
	return in.close()
}

// makeStream creates a stream, on disk.
func makeStream(in *inbox, config map[string]any) error {
	config["storage"] = "file"
	text, err := json.Marshal(config)
	if err != nil {
		return err
	}
	reply, err := in.ask(in.publication(fmt.Sprint("$JS.API.STREAM.CREATE.", config["name"]), text))
	if err != nil {
		return err
	}
	var made struct {
		Error  json.RawMessage
		Config struct{ Storage string }
	}
	if err := json.Unmarshal(reply, &made); err != nil || made.Error != nil || made.Config.Storage != "file" {
		return fmt.Errorf("nats created no stream: %s", reply)
	}
	return nil
}

func (*nats) awaitRoom(*conn, string) error { return nil } // there is one machine

func (s *nats) newPoster(c *conn, room string, body []byte) (poster, error) {
	return newNATSPoster(c, room, body, room)
}

// newNATSPoster returns a poster to a subject of a stream.
func newNATSPoster(c *conn, subject string, body []byte, stream string) (*natsPoster, error) {
	in, err := newInbox(c)
	if err != nil {
		return nil, err
	}
	return &natsPoster{in, command{in.publication(subject, body), "\r\n"}, fmt.Appendf(nil, `{"stream":%q,`, stream)}, nil
}

type natsPoster struct {
	*inbox
	command
	ack []byte // the beginning of the acknowledgement
}

var ackNumber = []byte(`"seq":`)

// post accepts {"stream":"NAME", "seq":N} and nothing else as an acknowledgement.
func (p *natsPoster) post() (uint64, error) {
	reply, err := p.ask(p.bytes)
	if err != nil {
		return 0, err
	}
	if rest, ok := bytes.CutPrefix(reply, p.ack); ok {
		if rest, ok = bytes.CutPrefix(bytes.TrimLeft(rest, " "), ackNumber); ok {
			if number, ok := digits(bytes.TrimSuffix(rest, []byte{'}'})); ok && number > 0 {
				return number, nil
			}
		}
	}
	return 0, fmt.Errorf("nats said %q", reply)
}

func (s *nats) newMember(c *conn, room string) (member, error) {
	if err := c.Send("SUB " + room + " 1\r\nPING\r\n"); err != nil {
		return nil, err
	}
	return &natsMember{
		conn:    c,
		head:    fmt.Appendf(nil, "MSG %s 1 %d\r\n", room, bodySize),
		publish: fmt.Appendf(nil, "PUB %s %d\r\n", room, bodySize),
	}, awaitPong(c)
}

type natsMember struct {
	*conn
	head    []byte // what precedes the body of a message from the server
	publish []byte // and of one to the server
}

func (m *natsMember) next() ([]byte, error) {
	kind, err := m.In.Peek(1)
	if err != nil {
		return nil, err
	}
	if kind[0] == 'M' {
		return m.framed(m.head)
	}
	line, err := m.line()
	if err != nil {
		return nil, err
	}
	return nil, control(m.conn, line)
}

func (m *natsMember) appendPost(dst, body []byte) []byte {
	return append(append(append(dst, m.publish...), body...), "\r\n"...)
}
