package client

import (
	"context"
	"errors"
	"fmt"
	"time"

	"linechat/chatd/proto"
)

// connect makes one connection to a server, which must have its nick within a time, and
// returns when it has ended, and why. Success: it could be used, or has brought back some
// of what was missed.
func (c *Client) connect(s server, within time.Duration) (success bool, err error) {
	c.throttle(c.ctx, nil) // events that nobody takes would only have the server end it again
	ctx, cancel := context.WithTimeoutCause(c.ctx, within, errors.New("the server does not answer"))
	defer cancel()
	c.config.Log.Info("connecting", "server", s.name)
	n, err := s.dial(ctx)
	if err != nil {
		return false, err
	}
	cn := newConn(c, n)
	err = c.handshake(ctx, cn)
	if err == nil {
		err = c.resume(cn)
	}
	if err == nil {
		err = c.open(cn, s)
	}
	if err == nil {
		err = c.keepNick(cn)
	}
	cn.end(err)
	c.mu.Lock()
	defer c.mu.Unlock()
	return cn.open || cn.replayed, err
}

// handshake agrees on the format, logs in or takes the nick, and has the settings be as
// they were.
func (c *Client) handshake(ctx context.Context, cn *conn) error {
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
	err = c.identify(ctx, cn)
	if errors.Is(err, BadLogin) && c.Session().Account != "" { // which was logged in before
		err = c.doubt(err)
	}
	if err != nil {
		return err
	}
	err = cn.await(ctx, format)
	var refused *proto.Error
	if errors.As(err, &refused) && !isTemporary(refused) {
		return fmt.Errorf("%w: it refuses FORMAT json: %v", ErrProtocol, err)
	}
	if err == nil {
		err = c.restore(cn)
	}
	return err
}

// takeNick takes the nick. On the first connection a refusal is an error;
// afterwards the client goes on as a guest.
func (c *Client) takeNick(ctx context.Context, cn *conn) error {
	c.mu.Lock()
	wanted, key, established := c.wanted, c.key, c.established
	c.mu.Unlock()
	var err error
	if wanted != "" {
		var refused *proto.Error
		_, err = cn.do(ctx, "NICK", wanted, key)
		if !established || !errors.As(err, &refused) || isTemporary(refused) {
			return err
		}
		c.config.Log.Warn("nick refused, going on as a guest", "nick", wanted, "err", err)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.setIdentity(cn.guest, "", err)
	return nil
}

// restore has the server's settings be as they were set, and the nicks ignored that were.
func (c *Client) restore(cn *conn) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	for name, value := range c.settings {
		if _, err := cn.enqueue(proto.Command{Verb: "SET", Words: []string{name, value}}); err != nil {
			return err
		}
	}
	for _, nick := range c.ignored {
		if _, err := cn.enqueue(proto.Command{Verb: "IGNORE", Words: []string{nick}}); err != nil {
			return err
		}
	}
	return nil
}

// open has the requests that wait be sent.
func (c *Client) open(cn *conn, s server) error {
	session := c.Session()
	c.config.Log.Info("connected", "nick", session.Nick, "rooms", session.Rooms)
	c.behind = 0
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.established {
		c.established = true
		close(c.dialed)
	}
	cn.open = true
	c.wakeWriter()
	to := c.session
	to.Server, to.Room = s.name, last(to.Rooms)
	if to.Room == "" {
		return c.fire(ready, StateChange{To: to})
	}
	return c.fire(readyInRoom, StateChange{To: to})
}

// keepNick waits for the connection's end and returns why it came. Meanwhile it
// asks for a nick that was in use.
func (c *Client) keepNick(cn *conn) error {
	for sleep(cn.ctx, retakeInterval) {
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
	return context.Cause(cn.ctx)
}
