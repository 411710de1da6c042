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

// keepConnected makes one connection after the other, and returns why there will be
// no more.
func (c *Client) keepConnected() error {
	reason, timeout, began := ErrConnect, c.config.DialTimeout, time.Now()
	for failed := 0; ; {
		success, err := c.connectToAny(timeout, began)
		if stop := c.final(err); stop != nil {
			return stop
		}
		failed++
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

// connectToAny tries the servers, one after the other, until one can be used, and returns
// when the connection to that has ended, or none can be, and why.
func (c *Client) connectToAny(timeout time.Duration, began time.Time) (success bool, err error) {
	var failures ServerErrors
	for left := len(c.config.servers); ; left-- {
		within := attemptTimeout
		if timeout > 0 {
			within = min(within, (timeout-time.Since(began))/time.Duration(left))
		}
		s := c.config.servers[c.attempts%len(c.config.servers)]
		c.attempts++
		success, err = c.connect(s, within)
		failures = append(failures, ServerError{s.name, err})
		switch {
		case success, len(c.config.servers) == 1, c.final(err) != nil && !isPermanent(err):
			return success, err
		case left == 1:
			return false, failures
		}
		c.config.Log.Warn("no connection", "err", err)
		if err := c.pauseUntil(time.Now(), err); err != nil {
			return false, err
		}
	}
}

// final returns err as the reason why the client ends, or nil if another
// connection is to be made.
func (c *Client) final(err error) error {
	var refused *proto.Error
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case c.ctx.Err() != nil:
		return context.Cause(c.ctx)
	case errors.Is(err, ErrReplaced), errors.Is(err, ErrEnded), errors.Is(err, ErrClosed), errors.Is(err, errInvalid):
		return err
	case errors.As(err, &refused) && !isTemporary(refused) && !(c.established && refused.Code == RateLimited):
		return refused // of a login, or, for the first time, of the nick
	case c.established:
		return nil
	case isPermanent(err):
		return fmt.Errorf("%w: %w", ErrConnect, err)
	}
	return nil
}

// isPermanent reports whether there is no point in trying a first connection again.
func isPermanent(err error) bool {
	var failures ServerErrors
	if errors.As(err, &failures) {
		return !slices.ContainsFunc(failures, func(e ServerError) bool { return !isPermanent(e.Err) })
	}
	var certificate *tls.CertificateVerificationError
	var record tls.RecordHeaderError
	return errors.Is(err, ErrProtocol) || errors.Is(err, ErrFingerprint) || errors.Is(err, fs.ErrPermission) || errors.As(err, &certificate) || errors.As(err, &record)
}

// pauseUntil is the state Lost.
func (c *Client) pauseUntil(next time.Time, why error) error {
	c.mu.Lock()
	err := c.fire(broke, StateChange{To: c.session, Err: why, Next: next})
	c.connectionLost(why)
	if !c.established {
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
	return c.fire(retried, StateChange{To: c.session})
}

// sleep waits; false: ctx has ended.
func sleep(ctx context.Context, d time.Duration) bool {
	select {
	case <-time.After(d):
		return true
	case <-ctx.Done():
		return false
	}
}

// resume joins the rooms again, in their order. Those that the server cannot read
// now are tried until it can. The room that was current becomes the current one.
func (c *Client) resume(cn *conn) error {
	for failed := 1; ; failed++ {
		joins, err := c.rejoin(cn)
		if err != nil {
			return err
		}
		if len(joins) == 0 {
			return c.restoreCurrent(cn)
		}
		later := false
		for _, join := range joins {
			tryAgain, err := c.awaitJoin(cn, join)
			if err != nil {
				return err
			}
			later = later || tryAgain
		}
		if later && !sleep(cn.ctx, c.config.pause(failed)) {
			return context.Cause(cn.ctx)
		}
	}
}

// rejoin sends a JOIN for each of the rooms that are not joined.
func (c *Client) rejoin(cn *conn) (joins []*Request, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, name := range c.session.Rooms {
		if c.rooms[name].joined {
			continue
		}
		r, err := cn.enqueue(proto.Command{Verb: "JOIN", Words: joinWords([]string{name}, After(c.rooms[name].last))})
		if err != nil {
			return nil, err
		}
		r.create = c.rooms[name].create
		joins = append(joins, r)
	}
	return joins, nil
}

// awaitJoin waits until the room of a JOIN of rejoin is joined, or lost. TryAgain: the
// server cannot read the room now.
func (c *Client) awaitJoin(cn *conn, join *Request) (tryAgain bool, err error) {
	var refused *proto.Error
	tryAgain, err = c.joinAgain(cn, join)
	switch {
	case !errors.As(err, &refused):
		return tryAgain, err
	case isTemporary(refused) || refused.Code == RateLimited:
		return true, nil
	}
	name := join.room()
	c.config.Log.Warn("room lost", "room", name, "err", refused)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.events.push(RoomLost{Room: name, Err: refused})
	return false, c.removed(name)
}

// joinAgain waits for the answer to a JOIN of rejoin. A room that is gone is created if
// that is wanted, and one that is not what it was is joined at its end, unless the server
// may be behind others. TryAgain: it was, and has caught up.
func (c *Client) joinAgain(cn *conn, join *Request) (tryAgain bool, err error) {
	name := join.room()
	err = cn.await(cn.ctx, join)
	if join.create && errors.Is(err, NoSuchRoom) {
		if _, err = cn.do(cn.ctx, "CREATE", name); err == nil || errors.Is(err, RoomExists) {
			_, err = cn.do(cn.ctx, "JOIN", join.command.Words...)
		}
	}
	if errors.Is(err, BadPosition) || errors.Is(err, NoSuchRoom) {
		err = c.doubt(err)
	}
	if errors.Is(err, BadPosition) {
		c.config.Log.Warn("resumption refused", "room", name, "after", join.command.Words[2], "err", err)
		var again Reply
		if again, err = cn.do(cn.ctx, "JOIN", name); err == nil {
			c.config.Log.Warn("room joined anew", "room", name, "head", again.OK.Seq)
			c.mu.Lock()
			defer c.mu.Unlock()
			tryAgain = c.rooms[name] != nil && !c.rooms[name].joined
		}
	}
	return tryAgain, err
}

// doubt returns a refusal of a server that knows less than the client, or, while it may
// only be behind the others, an error after which the next one is tried: until as many have
// refused in a row as there are.
func (c *Client) doubt(refused error) error {
	if c.behind++; c.behind < len(c.config.servers) {
		return fmt.Errorf("the server may be behind the others: %v", refused)
	}
	return refused
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
	_, err := cn.do(cn.ctx, "JOIN", name)
	return err
}

// last returns the last of some names, or "".
func last(names []string) string {
	if len(names) == 0 {
		return ""
	}
	return names[len(names)-1]
}
