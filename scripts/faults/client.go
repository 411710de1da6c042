package main

import (
	"context"
	"net"
	"time"

	"linechat/scripts/harness"
)

// answerWithin is how long chatd may take to send a line that must come.
const answerWithin = 30 * time.Second

// dial connects and reads the HELLO. The connection is closed when ctx ends.
func dial(ctx context.Context, socket string) (*harness.Client, error) {
	c, err := harness.Dial(ctx, "unix", socket)
	if err != nil {
		return nil, err
	}
	return greeted(c, answerWithin)
}

// greeted has chatd greet a client, which it closes otherwise. Each answer may take so long.
func greeted(c *harness.Client, within time.Duration) (*harness.Client, error) {
	c.Timeout = within
	if err := c.Hello(); err != nil {
		_ = c.Close()
		return nil, err
	}
	return c, nil
}

// nickCommand is the command that takes a nick, with a key: who comes from another machine of
// the chat has it still.
func nickCommand(nick string) string { return "NICK " + nick + " key-of-" + nick }

// dialAs connects and takes a nick.
func (l *load) dialAs(ctx context.Context, socket, nick string) (*harness.Client, error) {
	return l.dialFrom(ctx, nil, "unix", socket, nick)
}

// dialFrom does as dialAs does, from an address; nil: any.
func (l *load) dialFrom(ctx context.Context, from net.Addr, network, address, nick string) (*harness.Client, error) {
	c, err := harness.DialFrom(ctx, from, network, address)
	if err != nil {
		return nil, err
	}
	if c, err = greeted(c, l.patience); err != nil {
		return nil, err
	}
	if _, err := c.Ask(nickCommand(nick)); err != nil {
		_ = c.Close()
		return nil, err
	}
	return c, nil
}
