package client

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"time"

	"linechat/chatd/proto"
)

// connect makes one connection, which has to have its nick within that time, and
// keeps it as long as it lasts. It reports whether that was a success: it was
// ready, or, on a later connection than the first, it came as far as taking up the
// rooms. Err is why it is no more.
func (c *Client) connect(within time.Duration) (success bool, err error) {
	c.throttle(c.ctx, nil) // events that nobody takes would only have the server end it again
	ctx, cancel := context.WithTimeoutCause(c.ctx, within, errors.New("the server does not answer"))
	defer cancel()
	c.config.Log.Info("connecting", "server", c.config.Server)
	n, err := c.config.Dial(ctx)
	if err != nil {
		return false, err
	}
	cn := newConn(c, n)
	c.mu.Lock()
	c.conn = cn
	c.mu.Unlock()
	met, err := c.setUp(ctx, cn)
	ready := err == nil
	if ready {
		err = c.keep(cn)
	}
	cn.end(err)
	c.mu.Lock()
	defer c.mu.Unlock()
	return ready || met && c.begun, err
}

// setUp brings a new connection to where the last one was: format, nick,
// settings, rooms. Ctx is for the first two; met: they were done.
func (c *Client) setUp(ctx context.Context, cn *conn) (met bool, err error) {
	if err := c.meet(ctx, cn); err != nil {
		return false, err
	}
	if err := c.restore(cn); err != nil {
		return true, err
	}
	if err := c.resume(cn); err != nil {
		return true, err
	}
	s := c.Session()
	c.config.Log.Info("connected", "nick", s.Nick, "rooms", s.Rooms)
	return true, c.open(cn)
}

// meet agrees on the format, and takes the nick.
func (c *Client) meet(ctx context.Context, cn *conn) error {
	select {
	case <-cn.greeted:
	case <-cn.ctx.Done():
		return context.Cause(cn.ctx)
	case <-ctx.Done():
		return errors.New("the server does not say HELLO; one that speaks TLS is tls://host:port")
	}
	format, err := cn.ask("FORMAT", "json")
	if err != nil {
		return err
	}
	if err := c.takeNick(ctx, cn); err != nil {
		return err
	}
	err = cn.await(ctx, format)
	if errors.As(err, new(*proto.Error)) {
		return fmt.Errorf("%w: it refuses FORMAT json: %v", ErrProtocol, err)
	}
	return err
}

// takeNick takes the nick. On the first connection a refusal is an error;
// afterwards the client goes on as a guest.
func (c *Client) takeNick(ctx context.Context, cn *conn) error {
	c.mu.Lock()
	wanted, key, begun := c.wanted, c.key, c.begun
	c.mu.Unlock()
	var why error
	if wanted != "" {
		r, err := cn.ask("NICK", wanted, key)
		if err == nil {
			err = cn.await(ctx, r)
		}
		if !begun || !errors.As(err, new(*proto.Error)) {
			return err
		}
		c.config.Log.Warn("nick refused, going on as a guest", "nick", wanted, "err", err)
		why = err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.setNick(cn.guest, why)
	return nil
}

// restore has the server's settings be as they were set.
func (c *Client) restore(cn *conn) error {
	c.mu.Lock()
	settings := maps.Clone(c.settings)
	c.mu.Unlock()
	for name, value := range settings {
		if _, err := cn.ask("SET", name, value); err != nil {
			return err
		}
	}
	return nil
}

// open ends the set-up: the requests that wait are sent.
func (c *Client) open(cn *conn) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.begun {
		c.begun = true
		close(c.usable)
	}
	cn.open = true
	c.nudge()
	to := c.session
	to.Room = last(to.Rooms)
	if to.Room == "" {
		return c.fire(ready, to, nil, time.Time{})
	}
	return c.fire(readyInRoom, to, nil, time.Time{})
}

// keep waits for the connection's end and returns why it came. Meanwhile it asks
// for a nick that was in use.
func (c *Client) keep(cn *conn) error {
	retake := time.NewTicker(retakeEvery)
	defer retake.Stop()
	for {
		select {
		case <-cn.ctx.Done():
			return context.Cause(cn.ctx)
		case <-retake.C:
		}
		c.mu.Lock()
		wanted, key, nick := c.wanted, c.key, c.session.Nick
		c.mu.Unlock()
		if wanted == "" || wanted == nick {
			continue
		}
		if _, err := cn.ask("NICK", wanted, key); err != nil {
			return err
		}
	}
}
