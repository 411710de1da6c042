package main

import (
	"bytes"
	"fmt"

	"linechat/scripts/harness"
)

// A conn is a client's connection.
type conn struct{ *harness.Client }

func (c *conn) buffered() int { return c.In.Buffered() }

// line reads a line, without allocating, and returns it without its line end. It is
// valid until the next read.
func (c *conn) line() ([]byte, error) {
	line, err := c.In.ReadSlice('\n')
	if err != nil {
		return nil, err
	}
	return bytes.TrimSuffix(line[:len(line)-1], []byte{'\r'}), nil
}

// framed reads a message that consists of head, a body and CRLF, and returns the
// body, which is valid until the next read.
func (c *conn) framed(head []byte) ([]byte, error) {
	whole, err := c.In.Peek(len(head) + bodySize + 2)
	if err != nil {
		return nil, err
	}
	body, ok := bytes.CutPrefix(whole, head)
	if !ok {
		return nil, fmt.Errorf("read %q instead of a post", whole)
	}
	_, err = c.In.Discard(len(whole))
	return body[:bodySize], err
}

// digits reads a decimal number; ok is false for anything else.
func digits(b []byte) (n uint64, ok bool) {
	for _, d := range b {
		if d < '0' || d > '9' {
			return 0, false
		}
		n = n*10 + uint64(d-'0')
	}
	return n, len(b) > 0 && len(b) < 20
}
