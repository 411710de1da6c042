package main

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"
)

// redis speaks RESP3, in which a connection that is subscribed may also publish. A
// room on disk is a stream, a room in memory is a channel.
type redis struct {
	door
	path string
}

func (*redis) name() string { return "redis" }

// offers is false for what is to be stored and delivered: members of a stream would have
// to ask for each post.
func (*redis) offers(d durability) bool { return d != delivered }

func (s *redis) parts(dir string, d durability) ([]part, error) {
	address, err := freeAddress()
	if err != nil {
		return nil, err
	}
	host, port, _ := strings.Cut(address, ":")
	argv := []string{s.path, "--bind", host, "--port", port, "--dir", dir, "--save", "", "--maxclients", "20000"}
	if d == onDisk {
		// rewriting the file would only cost time
		argv = append(argv, "--appendonly", "yes", "--appendfsync", "always", "--auto-aof-rewrite-percentage", "0")
	} else {
		argv = append(argv, "--appendonly", "no", "--client-output-buffer-limit", "pubsub", "0", "0", "0")
	}
	return []part{{argv, address}}, nil
}

// greet skips the many lines of the answer to HELLO.
func (s *redis) greet(c *conn) error {
	if err := c.Send("HELLO 3\r\nPING\r\n"); err != nil {
		return err
	}
	return s.await(c, "+PONG")
}

// await reads up to a line.
func (s *redis) await(c *conn, want string) error {
	for {
		line, err := c.line()
		switch {
		case err != nil:
			return err
		case string(line) == want:
			return nil
		case bytes.HasPrefix(line, []byte{'-'}):
			return fmt.Errorf("redis said %q", line)
		}
	}
}

// makeRooms does nothing: the first XADD creates a stream, and a channel is only a
// name.
func (s *redis) makeRooms(*conn, durability, ...string) error { return nil }

func (*redis) awaitRoom(*conn, string) error { return nil } // there is one machine

func (s *redis) newPoster(c *conn, room string, body []byte) (poster, error) {
	return &redisPoster{c, command{appendRequest(nil, []byte("XADD"), []byte(room), []byte("*"), []byte("k"), body), "\r\n"}}, nil
}

// appendRequest appends a command as an array of strings.
func appendRequest(dst []byte, words ...[]byte) []byte {
	dst = append(strconv.AppendInt(append(dst, '*'), int64(len(words)), 10), "\r\n"...)
	for _, w := range words {
		dst = append(strconv.AppendInt(append(dst, '$'), int64(len(w)), 10), "\r\n"...)
		dst = append(append(dst, w...), "\r\n"...)
	}
	return dst
}

type redisPoster struct {
	*conn
	command
}

// post reads the answer to XADD, which is the entry's ID.
func (p *redisPoster) post() (uint64, error) {
	if _, err := p.Write(p.bytes); err != nil {
		return 0, err
	}
	length, err := p.line()
	if err != nil {
		return 0, err
	}
	if !bytes.HasPrefix(length, []byte{'$'}) {
		return 0, fmt.Errorf("redis said %q", length)
	}
	id, err := p.line()
	if err == nil && bytes.IndexByte(id, '-') <= 0 {
		err = fmt.Errorf("redis said %q", id)
	}
	return 0, err
}

func (s *redis) newMember(c *conn, room string) (member, error) {
	if _, err := c.Write(appendRequest(nil, []byte("SUBSCRIBE"), []byte(room))); err != nil {
		return nil, err
	}
	for _, want := range []string{">3", "$9", "subscribe", fmt.Sprintf("$%d", len(room)), room, ":1"} {
		if err := s.await(c, want); err != nil {
			return nil, err
		}
	}
	return &redisMember{
		conn:    c,
		head:    fmt.Appendf(nil, ">3\r\n$7\r\nmessage\r\n$%d\r\n%s\r\n$%d\r\n", len(room), room, bodySize),
		publish: fmt.Appendf(nil, "*3\r\n$7\r\nPUBLISH\r\n$%d\r\n%s\r\n$%d\r\n", len(room), room, bodySize),
	}, nil
}

type redisMember struct {
	*conn
	head    []byte // what precedes the body of a message from the server
	publish []byte // and of one to the server
}

func (m *redisMember) next() ([]byte, error) {
	kind, err := m.In.Peek(1)
	if err != nil {
		return nil, err
	}
	if kind[0] == '>' {
		return m.framed(m.head)
	}
	line, err := m.line()
	if err == nil && kind[0] != ':' {
		err = fmt.Errorf("redis said %q", line)
	}
	return nil, err
}

func (m *redisMember) appendPost(dst, body []byte) []byte {
	return append(append(append(dst, m.publish...), body...), "\r\n"...)
}
