package telnet

import (
	"bytes"
	"net"
)

// A Conn is a connection whose Read yields what the peer typed, without the
// telnet commands, as a Filter does. It sends nothing by itself.
//
// Write is the Write of the connection underneath: text in UTF-8 has no byte
// 255 that would have to be doubled.
//
// A TCP socket underneath needs SO_OOBINLINE: one byte of a telnet Synch
// (RFC 854) is urgent data, and without the option it is missing from what is
// read, so that the other one passes for text.
//
// A Conn holds no buffer while it waits for input. Set its fields before the
// first Read, from which the functions are called. Read and Active are for one
// goroutine at a time; the other methods are as safe as those of the connection.
type Conn struct {
	net.Conn

	// Reply sends an answer to the peer, between any two writes. It may wait,
	// which makes a peer that only negotiates wait for its answers. The answer
	// is not used again by the Conn. Nil sends none.
	Reply func(answer []byte)

	// AreYouThere sends a line that the peer's user can see. It is called once
	// for all the AYT commands among what one read of the connection brought.
	// Nil sends none.
	AreYouThere func()

	filter Filter
	rest   []byte // raw bytes that were read and not filtered yet; nil while there are none
}

// Active reports whether the peer had sent a telnet command before the bytes
// that the last Read returned. One Read never returns bytes from before and
// from after the first command.
func (c *Conn) Active() bool { return c.filter.Active() }

// Commands returns how many times n telnet commands have come. What is left over counts the
// next time.
func (c *Conn) Commands(n int) int { return c.filter.Commands(n) }

// Read reads text into p. It reads on where there were only telnet commands,
// and returns the errors of the connection unchanged; whatever they mean, the
// next Read goes on where this one was. An IAC that is the very last byte of
// the input is dropped.
func (c *Conn) Read(p []byte) (int, error) {
	for {
		n, err := c.fill(p)
		text, rest, answer := c.filter.Filter(p[:n], nil)
		c.keep(n-len(rest), rest)
		c.send(answer)
		if len(rest) > 0 {
			// There is more before the error. The connection will repeat it.
			err = nil
		}
		if len(text) > 0 || n == 0 || err != nil {
			return copy(p, text), err
		}
	}
}

// fill reads raw bytes: those that an earlier Read has left, if any.
func (c *Conn) fill(p []byte) (int, error) {
	if len(c.rest) > 0 {
		return copy(p, c.rest), nil
	}
	return c.Conn.Read(p)
}

// keep puts the rest of what fill read away for the next Read, for its bytes are
// in the caller's buffer. Of what fill read, the filter has taken the first n.
func (c *Conn) keep(n int, rest []byte) {
	if n < len(c.rest) {
		c.rest = c.rest[n:]
	} else {
		c.rest = bytes.Clone(rest)
	}
}

// send hands over what the peer is to be sent.
func (c *Conn) send(answer []byte) {
	if len(answer) > 0 && c.Reply != nil {
		c.Reply(answer)
	}
	if c.filter.AYT() > 0 && c.AreYouThere != nil {
		c.AreYouThere()
	}
}
