package client

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io/fs"
	"sync"
	"time"

	"linechat/chatd/proto"
)

// A Client is one connection to chatd, which is taken up again when it is lost.
// Dial makes one. Its methods may be called from any goroutine.
//
// One goroutine, that of run, leads it through its states; it owns a reader
// and a writer for each connection, and waits for them. Another hands out the
// events.
type Client struct {
	config Config
	events eventQueue
	out    chan Event
	window chan struct{}  // places of PostAsync
	wake   chan struct{}  // there is something to send
	usable chan struct{}  // closed when the first connection is ready
	ended  chan struct{}  // closed when err is set for good
	owned  sync.WaitGroup // run and deliver
	ctx    context.Context
	cancel context.CancelCauseFunc

	mu    sync.Mutex
	state State
	begun bool  // the first connection was made
	err   error // why it ended

	nick, key string // in use, and what it is taken back with
	wanted    string // the nick to be taken back; "": a guest's
	rooms     []*room
	current   string
	settings  map[string]string

	lastID    uint64
	first     []*request // what is sent before anything else: the client's own
	outbox    []*request // what is to be sent, in their order
	failures  int        // of the server's store, in a row
	heldUntil time.Time
}

// Dial connects and takes the nick. It returns when the client is in state
// Init. [ErrConnect] wraps why there is no connection; [ErrConfig] says that
// there is nothing to try; a nick that is refused is a [*proto.Error], of code
// proto.NickTaken when it is in use.
//
// Ctx is for Dial alone. Whoever has the client must Close it, even when it has
// ended by itself.
func Dial(ctx context.Context, config Config) (*Client, error) {
	if err := config.prepare(); err != nil {
		return nil, err
	}
	c := &Client{
		config: config, out: make(chan Event), window: make(chan struct{}, postWindow), wake: make(chan struct{}, 1),
		usable: make(chan struct{}), ended: make(chan struct{}),
		wanted: config.Nick, key: config.Key, settings: map[string]string{},
	}
	c.events.init(config.limits)
	c.ctx, c.cancel = context.WithCancelCause(context.Background())
	c.owned.Go(c.run)
	var err error
	select {
	case <-c.usable:
		c.owned.Go(func() { c.events.deliver(c.out) })
		return c, nil
	case <-c.ended:
		err = c.Err()
	case <-ctx.Done():
		err = fmt.Errorf("%w: %w", ErrConnect, context.Cause(ctx))
	}
	c.abort(ErrClosed)
	return nil, err
}

// Events returns where events are taken from, always the same channel. It is
// closed when the client has ended and all events were taken, or when Close has
// been called.
func (c *Client) Events() <-chan Event { return c.out }

// State returns where the client stands.
func (c *Client) State() State {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.state
}

// Nick returns the nick in use, or, without a connection, the one last used.
func (c *Client) Nick() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.nick
}

// Room returns the current room, or "". Without a connection it is the one
// that will be current again.
func (c *Client) Room() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.current
}

// Rooms returns the rooms that the client is in, in the order in which they
// were joined; the current one, if there is one, is the last. Without a
// connection they are those that will be joined again.
func (c *Client) Rooms() []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.roomNames()
}

// Err returns why the client has ended, or nil while it has not: [ErrClosed],
// [ErrReplaced], [ErrLost].
func (c *Client) Err() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.err
}

// Close says QUIT, waits up to two seconds for the answers to what was sent
// before and for BYE, and ends the client. What still waits for a reply
// fails with [ErrLost], or, if it had not been sent, with [ErrClosed]. Events
// that were not taken are dropped. The result is Err, unless that is ErrClosed.
func (c *Client) Close() error {
	c.events.close()
	c.mu.Lock()
	connected := c.state == Init || c.state == InRoom
	c.mu.Unlock()
	if connected {
		ctx, cancel := context.WithTimeout(context.Background(), closeWithin)
		defer cancel()
		if _, err := c.Do(ctx, proto.Command{Verb: "QUIT"}); err == nil {
			select {
			case <-c.ended:
			case <-ctx.Done():
			}
		}
	}
	return c.abort(ErrClosed)
}

// abort ends the client for the reason err, if it has not ended yet, and waits
// for its goroutines.
func (c *Client) abort(err error) error {
	c.events.close()
	c.cancel(err)
	c.owned.Wait()
	if err := c.Err(); !errors.Is(err, ErrClosed) {
		return err
	}
	return nil
}

// run is the client's life.
func (c *Client) run() {
	err := c.live()
	c.mu.Lock()
	if invalid := c.fire(ended, err, time.Time{}); invalid != nil {
		err = errors.Join(err, invalid)
	}
	c.err = err
	for _, k := range c.outbox {
		if !k.sentAt.IsZero() { // it was sent
			c.finish(k, fmt.Errorf("%w: %w", ErrLost, err))
		}
		c.finish(k, err)
	}
	c.outbox = nil
	c.mu.Unlock()
	close(c.ended)
	c.events.finish()
}

// live makes one connection after the other, and returns why there will be no
// more.
func (c *Client) live() error {
	var failed int                                              // attempts, one after the other
	reason, deadline := ErrConnect, after(c.config.DialTimeout) // of the attempts to connect
	for {
		success, err := c.connect(deadline)
		if stop := c.final(err); stop != nil {
			return stop
		}
		if failed++; success {
			failed = 1
			reason, deadline = ErrLost, after(c.config.ReconnectTimeout)
		}
		next := time.Now().Add(c.config.pause(failed))
		if c.givesUp(next, deadline, reason == ErrConnect) {
			return fmt.Errorf("%w: %w", reason, err)
		}
		if err := c.pauseUntil(next, err); err != nil {
			return err
		}
	}
}

// after returns the time in d, or the zero time if d is not positive.
func after(d time.Duration) time.Time {
	if d <= 0 {
		return time.Time{}
	}
	return time.Now().Add(d)
}

// givesUp reports whether an attempt at the time next would be one too many.
func (c *Client) givesUp(next, deadline time.Time, dialing bool) bool {
	switch {
	case !deadline.IsZero():
		return next.After(deadline)
	case dialing:
		return true
	}
	return c.config.ReconnectTimeout < 0
}

// pauseUntil is the state Lost.
func (c *Client) pauseUntil(next time.Time, why error) error {
	c.mu.Lock()
	err := c.fire(broke, why, next)
	c.expire()
	if !c.begun {
		c.events.clear()
	}
	c.mu.Unlock()
	if err != nil {
		return err
	}
	timer := time.NewTimer(time.Until(next))
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-c.ctx.Done():
		return context.Cause(c.ctx)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.fire(retried, nil, time.Time{})
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
