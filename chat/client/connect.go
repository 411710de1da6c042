package client

import (
	"context"
	"errors"
	"fmt"
	"time"

	"linechat/chatd/proto"
)

// connect makes one connection and keeps it as long as it lasts. It reports
// whether that was a success: it was ready, or, on a later connection than the
// first, it came as far as taking up the rooms. Err is why it is no more. The
// time deadline, unless it is zero, ends the attempt to get a nick.
func (c *Client) connect(deadline time.Time) (success bool, err error) {
	c.events.throttle(c.ctx) // events that nobody takes would only have the server end it again
	limit := time.Now().Add(dialWithin)
	if !deadline.IsZero() && deadline.Before(limit) {
		limit = deadline
	}
	ctx, cancel := context.WithDeadlineCause(c.ctx, limit, errors.New("the server does not answer"))
	defer cancel()
	n, err := c.config.Dial(ctx)
	if err != nil {
		return false, err
	}
	cn := newConn(c, n)
	met, err := c.setUp(ctx, cn)
	ready := err == nil
	if ready {
		err = c.keep(cn)
	}
	cn.end(err)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.dropped(cn, err)
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
	return true, c.open(cn)
}

// meet agrees on the format, and takes the nick.
func (c *Client) meet(ctx context.Context, cn *conn) error {
	select {
	case <-cn.hello:
	case <-cn.ctx.Done():
		return context.Cause(cn.ctx)
	case <-ctx.Done():
		return errors.New("the server does not say HELLO; one that speaks TLS is tls://host:port")
	}
	format, err := c.ask(proto.Command{Verb: "FORMAT", Words: []string{"json"}}, nil)
	if err != nil {
		return err
	}
	if err := c.takeNick(ctx, cn); err != nil {
		return err
	}
	if err = cn.await(ctx, format); refused(err) != nil {
		return fmt.Errorf("%w: it refuses FORMAT json: %v", ErrProtocol, err)
	}
	return err
}

// ask sends a command of the client's own, before those that wait. If it is a
// JOIN, it resumes a room.
func (c *Client) ask(command proto.Command, resumes *room) (*request, error) {
	k, err := newRequest(command)
	if err != nil {
		return nil, err
	}
	k.internal, k.resumes = true, resumes
	c.mu.Lock()
	defer c.mu.Unlock()
	c.first = append(c.first, k)
	c.nudge()
	return k, nil
}

// await waits for the reply to a request of the client's own.
func (cn *conn) await(ctx context.Context, k *request) error {
	select {
	case <-k.done:
		return k.err
	case <-cn.ctx.Done():
		return context.Cause(cn.ctx)
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// refused returns err as the refusal it is, or nil.
func refused(err error) *proto.Error {
	var e *proto.Error
	if errors.As(err, &e) {
		return e
	}
	return nil
}

// takeNick takes the nick. On the first connection a refusal is an error;
// afterwards the client goes on as a guest.
func (c *Client) takeNick(ctx context.Context, cn *conn) error {
	c.mu.Lock()
	wanted, key, begun := c.wanted, c.key, c.begun
	c.mu.Unlock()
	var why error
	if wanted != "" {
		k, err := c.ask(proto.Command{Verb: "NICK", Words: []string{wanted, key}}, nil)
		if err == nil {
			err = cn.await(ctx, k)
		}
		if err == nil || refused(err) == nil || !begun {
			return err
		}
		why = err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.setNick(cn.guest, why)
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
	c.current = ""
	if n := len(c.rooms); n > 0 {
		c.current = c.rooms[n-1].name
		return c.fire(readyInRoom, nil, time.Time{})
	}
	return c.fire(ready, nil, time.Time{})
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
		wanted, key, nick := c.wanted, c.key, c.nick
		c.mu.Unlock()
		if wanted == "" || wanted == nick {
			continue
		}
		if _, err := c.ask(proto.Command{Verb: "NICK", Words: []string{wanted, key}}, nil); err != nil {
			return err
		}
	}
}
