package main

import (
	"bytes"
	"fmt"
	"slices"

	"linechat/chatd/proto"
)

// chatd speaks the protocol of protocol.md.
type chatd struct {
	door
	title string
	path  string
	flags []string
}

func (s *chatd) name() string { return s.title }

func (*chatd) offers(durability) bool { return true }

func (s *chatd) parts(dir string, d durability) ([]part, error) {
	var data []string
	switch {
	case s.inMemory():
	case d == inMemory:
		data = []string{"--memory"}
	default:
		data = []string{"--data", dir}
	}
	address, err := freeAddress()
	return []part{s.part(address, data...)}, err
}

// part returns a process of chatd.
func (s *chatd) part(address string, flags ...string) part {
	return part{slices.Concat([]string{s.path, "--listen", s.scheme + address, "--rate", "0"}, flags, s.door.flags, s.flags), address}
}

// inMemory reports whether the flags make it store nothing on disk.
func (s *chatd) inMemory() bool { return slices.Contains(s.flags, "--memory") }

func (*chatd) greet(c *conn) error { return c.Hello() }

func (*chatd) makeRooms(c *conn, _ durability, names ...string) error {
	for _, name := range names {
		if _, err := c.Ask("CREATE " + name); err != nil {
			return err
		}
	}
	return nil
}

func (*chatd) awaitRoom(*conn, string) error { return nil } // there is one machine

// newPoster returns a poster that does not join, so that it is sent answers only.
func (s *chatd) newPoster(c *conn, room string, body []byte) (poster, error) {
	post, err := (&proto.Command{Room: room, Verb: "POST", Text: string(body)}).Append(nil)
	return &chatdPoster{c, command{post, "\n"}, []byte("OK POST " + room + " ")}, err
}

type chatdPoster struct {
	*conn
	command
	ok []byte // the beginning of the acknowledgement
}

// Beginnings of other lines that may come.
var (
	noticeLine = []byte("NOTICE ")
	okLine     = []byte("OK ")
)

func (p *chatdPoster) post() (uint64, error) {
	if _, err := p.Write(p.bytes); err != nil {
		return 0, err
	}
	return acknowledged(p.conn, p.ok)
}

// acknowledged reads the OK of a post, which begins with head, and returns the
// post's number.
func acknowledged(c *conn, head []byte) (uint64, error) {
	for {
		line, err := c.line()
		if err != nil {
			return 0, err
		}
		if rest, ok := bytes.CutPrefix(line, head); ok {
			if number, ok := digits(rest); ok && number > 0 {
				return number, nil
			}
		}
		if !bytes.HasPrefix(line, noticeLine) {
			return 0, fmt.Errorf("chatd said %q", line)
		}
	}
}

func (*chatd) newMember(c *conn, room string) (member, error) {
	for _, command := range []string{"SET presence off", "JOIN " + room} {
		if _, err := c.Ask(command); err != nil {
			return nil, err
		}
	}
	return &chatdMember{c, []byte("MSG " + room + " ")}, nil
}

type chatdMember struct {
	*conn
	head []byte // the beginning of a post's line
}

func (m *chatdMember) next() ([]byte, error) {
	line, err := m.line()
	switch {
	case err != nil:
		return nil, err
	case bytes.HasPrefix(line, m.head) && len(line) > len(m.head)+bodySize:
		return line[len(line)-bodySize:], nil
	case bytes.HasPrefix(line, okLine), bytes.HasPrefix(line, noticeLine):
		return nil, nil
	}
	return nil, fmt.Errorf("chatd said %q", line)
}

func (m *chatdMember) appendPost(dst, body []byte) []byte {
	dst = append(dst, "POST "...)
	return append(append(dst, body...), '\n')
}
