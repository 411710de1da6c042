package client

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"time"

	"linechat/chatd/proto"
)

// live makes one connection after the other, and returns why there will be no
// more.
func (c *Client) live() error {
	reason, timeout, began := ErrConnect, c.config.DialTimeout, time.Now()
	for failed := 1; ; failed++ {
		within := dialWithin
		if timeout > 0 {
			within = min(within, timeout-time.Since(began))
		}
		success, err := c.connect(within)
		if stop := c.final(err); stop != nil {
			return stop
		}
		if success {
			failed = 1
			reason, timeout, began = ErrLost, c.config.ReconnectTimeout, time.Now()
		}
		next := time.Now().Add(c.config.pause(failed))
		if timeout < 0 || timeout > 0 && next.Sub(began) > timeout {
			return fmt.Errorf("%w: %w", reason, err)
		}
		c.config.Log.Warn("no connection", "err", err, "next", next)
		if err := c.pauseUntil(next, err); err != nil {
			return err
		}
	}
}

// final returns err as the reason why the client ends, or nil if another
// connection is to be made.
func (c *Client) final(err error) error {
	var refused *proto.Error
	var invalid *invalidTransition
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case c.ctx.Err() != nil:
		return context.Cause(c.ctx)
	case errors.Is(err, ErrReplaced), errors.Is(err, ErrClosed), errors.As(err, &invalid):
		return err
	case c.begun:
		return nil
	case errors.As(err, &refused):
		return refused
	case hopeless(err):
		return fmt.Errorf("%w: %w", ErrConnect, err)
	}
	return nil
}

// hopeless reports whether there is no point in trying a first connection again.
func hopeless(err error) bool {
	var certificate *tls.CertificateVerificationError
	var record tls.RecordHeaderError
	return errors.Is(err, ErrProtocol) || errors.Is(err, fs.ErrPermission) || errors.As(err, &certificate) || errors.As(err, &record)
}

// pauseUntil is the state Lost.
func (c *Client) pauseUntil(next time.Time, why error) error {
	c.mu.Lock()
	err := c.fire(broke, c.session, why, next)
	c.drop(why)
	if !c.begun {
		c.events.clear()
	}
	c.mu.Unlock()
	switch {
	case err != nil:
		return err
	case !sleep(c.ctx, time.Until(next)):
		return context.Cause(c.ctx)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.fire(retried, c.session, nil, time.Time{})
}

// sleep waits; false: ctx has ended.
func sleep(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// resume joins the rooms again, in their order. Those that the server cannot
// read now are tried until it can.
func (c *Client) resume(cn *conn) error {
	todo := c.Session().Rooms
	for failed := 1; ; failed++ {
		again, err := c.rejoin(cn, todo)
		if err != nil {
			return err
		}
		if len(again) == 0 {
			return c.restoreCurrent(cn)
		}
		if todo = again; !sleep(cn.ctx, c.config.pause(failed)) {
			return context.Cause(cn.ctx)
		}
	}
}

// rejoin sends a JOIN for each of the rooms at once, and returns those that are
// to be tried again.
func (c *Client) rejoin(cn *conn, rooms []string) (again []string, err error) {
	joins := make([]*Request, len(rooms))
	for i, name := range rooms {
		if joins[i], err = cn.join(name, After(c.lastSeen(name))); err != nil {
			return nil, err
		}
	}
	for i, name := range rooms {
		err := cn.await(cn.ctx, joins[i])
		if errors.Is(err, BadPosition) { // it is not the room that it was
			err = c.joinReset(cn, name, err)
		}
		switch e := (*proto.Error)(nil); {
		case err == nil:
		case !errors.As(err, &e):
			return nil, err
		case slices.Contains([]Code{StoreFailed, Stopping, Internal, RateLimited}, e.Code):
			again = append(again, name)
		default:
			c.config.Log.Warn("room lost", "room", name, "err", e)
			c.lose(name, e)
		}
	}
	return again, nil
}

// lastSeen returns the number of the last post that was seen in a room.
func (c *Client) lastSeen(name string) uint64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	if r := c.rooms[name]; r != nil {
		return r.last
	}
	return 0
}

// joinReset joins a room in which the server has refused to go on after what was
// seen.
func (c *Client) joinReset(cn *conn, name string, refused error) error {
	seen := c.lastSeen(name)
	c.config.Log.Warn("resumption refused", "room", name, "after", seen, "err", refused)
	head, err := c.joinPlainly(cn, name)
	if err == nil && head < seen {
		c.config.Log.Warn("room reset", "room", name, "seen", seen, "head", head)
	}
	return err
}

// joinPlainly joins a room without having anything brought back, and returns its last
// number.
func (c *Client) joinPlainly(cn *conn, name string) (head uint64, err error) {
	r, err := cn.join(name, Replay{})
	if err != nil {
		return 0, err
	}
	if err := cn.await(cn.ctx, r); err != nil {
		return 0, err
	}
	return r.reply.OK.Seq, nil
}

// restoreCurrent makes the room that was current the current one, where
// another one was joined last.
func (c *Client) restoreCurrent(cn *conn) error {
	c.mu.Lock()
	name, latest := last(c.session.Rooms), cn.latest
	c.mu.Unlock()
	if name == latest {
		return nil
	}
	_, err := c.joinPlainly(cn, name)
	return err
}

// last returns the last of some names, or "".
func last(names []string) string {
	if len(names) == 0 {
		return ""
	}
	return names[len(names)-1]
}

// lose gives up a room that the server refuses.
func (c *Client) lose(name string, why error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.rooms, name)
	c.events.push(RoomLost{Room: name, Err: why})
	to := c.session
	to.Rooms = without(to.Rooms, name)
	if to.Room == name {
		to.Room = ""
	}
	c.change(to, nil, time.Time{})
}
