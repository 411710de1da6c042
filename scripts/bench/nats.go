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

func (s *nats) command(dir string, port int, d durability) ([]string, error) {
	config := fmt.Sprintf("listen: \"127.0.0.1:%d\"\nmax_connections: 20000\nmax_pending: 256MB\n", port)
	if d == onDisk {
		config += fmt.Sprintf("jetstream: { store_dir: %q, sync_interval: always }\n", dir)
	}
	path := filepath.Join(dir, "nats.conf")
	return []string{s.path, "--config", path}, os.WriteFile(path, []byte(config), 0o600)
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

func newInbox(c *conn) (*inbox, error) {
	subject := fmt.Sprintf("_INBOX.%d", c.LocalAddr().(*net.TCPAddr).Port)
	return &inbox{c, subject, []byte("MSG " + subject + " 1 ")}, c.Send("SUB " + subject + " 1\r\n")
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
	if d != onDisk {
		return nil
	}
	in, err := newInbox(c)
	if err != nil {
		return err
	}
	for _, name := range names {
		if err := makeStream(in, name); err != nil {
			return err
		}
	}
	return c.Send("UNSUB 1\r\n")
}

// makeStream creates a stream that stores the subject of the same name.
func makeStream(in *inbox, name string) error {
	config, err := json.Marshal(map[string]any{"name": name, "subjects": []string{name}, "storage": "file", "num_replicas": 1})
	if err != nil {
		return err
	}
	reply, err := in.ask(in.publication("$JS.API.STREAM.CREATE."+name, config))
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

func (s *nats) newPoster(c *conn, room string, body []byte) (poster, error) {
	in, err := newInbox(c)
	if err != nil {
		return nil, err
	}
	return &natsPoster{in, in.publication(room, body), fmt.Appendf(nil, `{"stream":%q,`, room)}, nil
}

type natsPoster struct {
	*inbox
	publish []byte
	ack     []byte // the beginning of the acknowledgement
}

var ackNumber = []byte(`"seq":`)

// post accepts {"stream":"NAME", "seq":N} and nothing else as an acknowledgement.
func (p *natsPoster) post() (uint64, error) {
	reply, err := p.ask(p.publish)
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
