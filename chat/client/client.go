package client

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"linechat/chatd/proto"
)

// A Client is a connection to chatd that is made again when it is lost. [Dial] makes
// one. Its methods may be called from any goroutine.
type Client struct {
	// The goroutine of run makes the connections; it owns a reader and a writer for
	// each, and waits for them. Another delivers the events.

	config Config
	events eventQueue
	out    chan Event
	window chan struct{}  // has an element for each post of PostAsync
	wake   chan struct{}  // there is something to send
	dialed chan struct{}  // closed with established
	ended  chan struct{}  // closed when err is set for good
	wg     sync.WaitGroup // run and deliver
	ctx    context.Context
	cancel context.CancelCauseFunc

	mu          sync.Mutex
	session     Session
	established bool  // the first connection is ready, or was
	err         error // why the client has ended
	conn        *conn // the last one, until its requests are dropped; nil: none

	wanted, key       string // the nick to be taken back, and with what; "": a guest's
	account, password string // to log in to, and with what; "": none, or with a key
	rooms             map[string]*room
	settings          map[string]string // of the server, as they were set
	ignored           []string          // nicks, of a guest; the server keeps those of an account

	// Of the goroutine of run alone.
	attempts int // to connect
	behind   int // connections in a row whose server knew less than the client

	lastID    uint64
	outbox    []*Request // what is to be sent, in their order
	failures  int        // of the server's store, in a row
	heldUntil time.Time
}

// Dial connects and takes the nick. It returns when the client is in state
// [Init]. [ErrConnect] wraps why there is no connection; [ErrConfig] says that
// there is nothing to try; a nick or login that is refused is a [*proto.Error], such as
// [NickTaken] or [BadLogin].
//
// Ctx is for Dial alone. Whoever has the client must Close it, even when it has
// ended by itself.
func Dial(ctx context.Context, config Config) (*Client, error) {
	if err := config.prepare(); err != nil {
		return nil, err
	}
	if ctx.Err() != nil {
		return nil, fmt.Errorf("%w: %w", ErrConnect, context.Cause(ctx))
	}
	c := &Client{
		config: config, out: make(chan Event), window: make(chan struct{}, postWindow), wake: make(chan struct{}, 1),
		dialed: make(chan struct{}), ended: make(chan struct{}),
		session: Session{Echo: true}, wanted: config.Nick, key: config.Key,
		account: config.Account, password: config.Password, rooms: map[string]*room{}, settings: map[string]string{},
	}
	c.events.changed.L = &c.mu
	c.events.limits = config.limits
	c.ctx, c.cancel = context.WithCancelCause(context.Background())
	c.wg.Go(c.run)
	var err error
	select {
	case <-c.dialed:
		c.wg.Go(func() { c.events.deliver(c.ctx, c.out) })
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

// Session returns where the client stands now. It may be ahead of the events that
// were taken; each [StateChange] has the session as of its place among them.
func (c *Client) Session() Session {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.session
}

// Err returns why the client has ended, or nil while it has not: [ErrClosed],
// [ErrReplaced], [ErrEnded], [ErrLost], or the refusal of a login.
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
	if c.Session().Connected() {
		ctx, cancel := context.WithTimeout(context.Background(), closeTimeout)
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
	c.mu.Lock()
	c.events.clear()
	c.events.finish()
	c.mu.Unlock()
	c.cancel(err)
	c.wg.Wait()
	if err := c.Err(); !errors.Is(err, ErrClosed) {
		return err
	}
	return nil
}

// run keeps the client connected, and ends it when there is to be no connection any
// more. Whoever waits for an answer is told then that none comes.
func (c *Client) run() {
	err := c.keepConnected()
	c.mu.Lock()
	c.connectionLost(err)
	for _, r := range c.outbox {
		why := err
		if !r.sentAt.IsZero() { // it may be stored
			why = fmt.Errorf("%w: %w", ErrLost, err)
		}
		c.finish(r, why)
	}
	c.outbox = nil
	_ = c.fire(ended, StateChange{To: c.session, Err: err}) // which all states before Closed allow
	c.err = err
	c.events.finish()
	c.mu.Unlock()
	c.config.Log.Info("ended", "err", err)
	close(c.ended)
}
