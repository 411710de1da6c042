package harness

import (
	"bufio"
	"context"
	"fmt"
	"net"
	"strings"
	"time"

	"linechat/chatd/proto"
)

// readBuffer is how many bytes a Client reads at once, at most.
const readBuffer = 32 << 10

// A Client is a connection on which lines are sent and read. One goroutine may use it.
type Client struct {
	net.Conn
	In      *bufio.Reader // what comes from Conn
	Timeout time.Duration // how long each Send and each line that is read may take; 0: no limit
}

// NewClient returns a client on a connection.
func NewClient(conn net.Conn) *Client {
	return &Client{Conn: conn, In: bufio.NewReaderSize(conn, readBuffer)}
}

// Dial connects to an address of a network, which are those of net.Dial. The connection
// is closed when ctx ends.
func Dial(ctx context.Context, network, address string) (*Client, error) {
	return DialFrom(ctx, nil, network, address)
}

// DialFrom connects as Dial does, from a local address; nil: any.
func DialFrom(ctx context.Context, from net.Addr, network, address string) (*Client, error) {
	conn, err := (&net.Dialer{LocalAddr: from}).DialContext(ctx, network, address)
	if err != nil {
		return nil, err
	}
	context.AfterFunc(ctx, func() { _ = conn.Close() })
	return NewClient(conn), nil
}

// setDeadline begins the time that Timeout allows.
func (c *Client) setDeadline() error {
	var deadline time.Time // none
	if c.Timeout > 0 {
		deadline = time.Now().Add(c.Timeout)
	}
	return c.SetDeadline(deadline)
}

// Send sends complete lines.
func (c *Client) Send(lines string) error {
	if err := c.setDeadline(); err != nil {
		return err
	}
	_, err := c.Write([]byte(lines))
	return err
}

// ReadLine reads a line and returns it without its "\n".
func (c *Client) ReadLine() (string, error) {
	if err := c.setDeadline(); err != nil {
		return "", err
	}
	line, err := c.In.ReadString('\n')
	return strings.TrimSuffix(line, "\n"), err
}

// Receive reads a line of chatd's.
func (c *Client) Receive() (proto.Line, error) {
	text, err := c.ReadLine()
	if err != nil {
		return proto.Line{}, err
	}
	line, err := proto.ParseLine(text)
	if err != nil {
		err = fmt.Errorf("%w: %q", err, text)
	}
	return line, err
}

// Hello reads the line with which chatd begins, and returns an error if it is not HELLO.
func (c *Client) Hello() error {
	line, err := c.Receive()
	if err == nil && line.Type != proto.HELLO {
		err = fmt.Errorf("the connection began with %s %s", line.Type, line.Text)
	}
	return err
}

// Ask sends chatd a command and returns all lines that it reads, up to the first OK. ERR
// and BYE are a *proto.Error.
func (c *Client) Ask(command string) (answer []proto.Line, err error) {
	if err := c.Send(command + "\n"); err != nil {
		return nil, err
	}
	for {
		line, err := c.Receive()
		if err != nil {
			return answer, fmt.Errorf("%s: %w", command, err)
		}
		answer = append(answer, line)
		switch line.Type {
		case proto.OK:
			return answer, nil
		case proto.ERR, proto.BYE:
			return answer, fmt.Errorf("%s: %w", command, &proto.Error{Code: line.Code, Text: line.Text})
		}
	}
}
