package main

import (
	"bufio"
	"context"
	"fmt"
	"net"
	"time"

	"linechat/chatd/proto"
)

// answerWithin is how long chatd may take to send a line that must come.
const answerWithin = 30 * time.Second

// A conn is a connection to chatd. One goroutine uses it.
type conn struct {
	net.Conn
	in      *bufio.Reader
	release func() bool // keeps the context from closing the connection
}

// dial connects and reads the HELLO. The connection is closed when ctx ends.
func dial(ctx context.Context, socket string) (*conn, error) {
	var dialer net.Dialer
	nc, err := dialer.DialContext(ctx, "unix", socket)
	if err != nil {
		return nil, err
	}
	c := &conn{nc, bufio.NewReaderSize(nc, 64<<10), context.AfterFunc(ctx, func() { _ = nc.Close() })}
	hello, err := c.line()
	if err == nil && hello.Type != proto.HELLO {
		err = fmt.Errorf("a connection began with %s", hello.Type)
	}
	if err != nil {
		_ = c.Close()
		return nil, err
	}
	return c, nil
}

// Close ends the connection.
func (c *conn) Close() error {
	c.release()
	return c.Conn.Close()
}

// dialAs connects and takes a nick.
func dialAs(ctx context.Context, socket, nick string) (*conn, error) {
	c, err := dial(ctx, socket)
	if err != nil {
		return nil, err
	}
	if _, err := c.ask("NICK " + nick); err != nil {
		_ = c.Close()
		return nil, err
	}
	return c, nil
}

// send sends complete lines.
func (c *conn) send(lines string) error {
	if err := c.SetWriteDeadline(time.Now().Add(answerWithin)); err != nil {
		return err
	}
	_, err := c.Write([]byte(lines))
	return err
}

// line waits for the next line.
func (c *conn) line() (proto.Line, error) {
	if err := c.SetReadDeadline(time.Now().Add(answerWithin)); err != nil {
		return proto.Line{}, err
	}
	return c.nextLine()
}

// nextLine waits for the next line without a time limit.
func (c *conn) nextLine() (proto.Line, error) {
	text, err := c.in.ReadString('\n')
	if err != nil {
		return proto.Line{}, err
	}
	line, err := proto.ParseLine(text[:len(text)-1])
	if err != nil {
		return line, fmt.Errorf("%w: %q", err, text)
	}
	return line, nil
}

// A refused error is an ERR line.
type refused struct{ proto.Line }

func (r refused) Error() string { return fmt.Sprintf("ERR %s %s %s", r.Verb, r.Code, r.Text) }

// ask sends a command and returns the lines of its answer, up to the OK. An ERR is
// returned as a refused error. The connection must be in no room, because events
// would be taken for lines of the answer.
func (c *conn) ask(command string) (answer []proto.Line, err error) {
	if err := c.send(command + "\n"); err != nil {
		return nil, err
	}
	for {
		line, err := c.line()
		if err != nil {
			return answer, fmt.Errorf("%s: %w", command, err)
		}
		answer = append(answer, line)
		switch line.Type {
		case proto.OK:
			return answer, nil
		case proto.ERR:
			return answer, refused{line}
		}
	}
}
