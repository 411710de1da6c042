package main

import (
	"context"
	"errors"
	"sync"
	"time"

	"linechat/chat/client"
	"linechat/chatd/proto"
)

// A session is the connection of a command, and what is said about it.
type session struct {
	*client.Client
	program *program
	owned   sync.WaitGroup // attend

	mu           sync.Mutex
	lost         bool          // without a connection
	disconnected chan struct{} // closed when lost
}

// connectFor is how long nothing is said about a connection that is being made.
const connectFor = time.Second

// An identity says as whom a command connects when the command line has no nick.
type identity int

const (
	observer    identity = iota // a guest, so that nobody's nick is taken away by it
	sender                      // the usual nick if it is free: with its key a person who chats would be cut off
	participant                 // the usual nick, taken back with its key
)

// open connects.
func (p *program) open(ctx context.Context, as identity) (*session, error) {
	config := client.Config{Server: p.server, DialTimeout: p.connect, ReconnectTimeout: p.reconnect}
	if p.connect == 0 {
		config.DialTimeout = -1
	}
	if p.reconnect == 0 {
		config.ReconnectTimeout = -1
	}
	switch {
	case p.insists || as == participant:
		config.Nick, config.Key = p.nick, p.key
	case as == sender:
		config.Nick = p.nick
	}
	if p.diag.terminal {
		slow := time.AfterFunc(connectFor, func() { p.diag.show("connecting to " + p.server) })
		defer p.diag.show("")
		defer slow.Stop()
	}
	c, err := client.Dial(ctx, config)
	var refused *proto.Error
	if !p.insists && config.Nick != "" && errors.As(err, &refused) {
		config.Nick = ""
		if c, err = client.Dial(ctx, config); err == nil {
			p.diag.say("the nick %s is in use; you are %s (--nick chooses another)", p.nick, c.Nick())
		}
	}
	if err != nil {
		return nil, err
	}
	return newSession(c, p), nil
}

func newSession(c *client.Client, p *program) *session {
	return &session{Client: c, program: p, disconnected: make(chan struct{})}
}

// attend takes the events, for a command that wants none of them, until the
// client ends. Then it calls ended with the reason.
func (s *session) attend(ended func(error)) {
	s.owned.Go(func() {
		for e := range s.Events() {
			s.tell(e)
		}
		ended(s.Err())
	})
}

// end closes the connection. What that fails with is known already.
func (s *session) end() {
	_ = s.Close()
	s.owned.Wait()
}

// tell says what an event means for the connection.
func (s *session) tell(e client.Event) {
	diag := s.program.diag
	switch e := e.(type) {
	case client.StateChange:
		switch connected := e.To == client.Init || e.To == client.InRoom; {
		case e.To == client.Lost && s.setLost(true):
			diag.say("lost the connection: %s; reconnecting for up to %v", reason(e.Err), s.program.reconnect)
		case connected && s.setLost(false):
			diag.say("connected again")
		}
	case client.NickChange:
		diag.say("%s is now known as %s", e.Old, e.Nick)
	case client.Gap:
		s.program.sayGap(e)
	}
}

// setLost notes whether there is a connection, and reports whether that is new.
func (s *session) setLost(lost bool) (changed bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.lost == lost {
		return false
	}
	if s.lost = lost; lost {
		close(s.disconnected)
	} else {
		s.disconnected = make(chan struct{})
	}
	return true
}

// lingering returns a context that ends some time after its parent, and at once
// when there is no connection, over which an answer could come.
func (s *session) lingering(parent context.Context, extra time.Duration) (ctx context.Context, stop func()) {
	ctx, cancel := context.WithCancelCause(context.WithoutCancel(parent))
	ended := make(chan struct{})
	disarm := context.AfterFunc(parent, func() {
		defer close(ended)
		s.mu.Lock()
		disconnected := s.disconnected
		s.mu.Unlock()
		timer := time.NewTimer(extra)
		defer timer.Stop()
		select {
		case <-timer.C:
		case <-disconnected:
		case <-ctx.Done():
		}
		cancel(context.Cause(parent))
	})
	return ctx, func() {
		cancel(nil)
		if !disarm() {
			<-ended
		}
	}
}

// sayGap says which posts are not to be had.
func (p *program) sayGap(gap client.Gap) {
	why := "the server no longer keeps them"
	if gap.Why != "retention" {
		why = gap.Why
	}
	p.diag.say("posts %d to %d of %s are missing: %s", gap.From, gap.To, gap.Room, why)
}

// again calls do until it does not fail for the loss of a connection that is
// taken up again. It must do no harm to do it twice.
func (s *session) again(ctx context.Context, do func() error) error {
	for {
		err := do()
		if !errors.Is(err, client.ErrLost) || s.Err() != nil || ctx.Err() != nil {
			return err
		}
	}
}

// ask is a command that only asks: it connects, asks, and ends.
func (p *program) ask(ctx context.Context, question func(context.Context, *session) error) error {
	s, err := p.open(ctx, observer)
	if err != nil {
		return err
	}
	defer s.end()
	s.attend(func(error) {})
	return question(ctx, s)
}
