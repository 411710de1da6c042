package main

import (
	"context"
	"errors"
	"sync"
	"time"

	"linechat/chat/client"
	"linechat/chat/internal/render"
	"linechat/chatd/proto"
)

// A session is the connection of a command, and what is said about it.
type session struct {
	*client.Client
	program *program
	wg      sync.WaitGroup // watchEvents and withGrace
	lost    bool           // the loss of the connection was reported, and no other one yet
	losses  chan struct{}  // has one element after a loss
}

// quietConnect is how long a connection may take before the status line says so.
const quietConnect = time.Second

// An identity says as whom a command connects when the command line has no nick.
type identity int

const (
	observer    identity = iota // a guest, so that nobody's nick is taken away by it
	sender                      // the usual nick if it is free: with its key a person who chats would be cut off
	participant                 // the usual nick, taken back with its key
)

// open connects.
func (p *program) open(ctx context.Context, as identity) (*session, error) {
	if p.login.account != "" && p.login.password == "" {
		if err := p.login.askPassword(ctx); err != nil {
			return nil, err
		}
	}
	config := p.config(as)
	if p.diag.terminal {
		slow := time.AfterFunc(quietConnect, func() { p.diag.setStatus("connecting to " + p.server) })
		defer p.diag.setStatus("")
		defer slow.Stop()
	}
	c, err := client.Dial(ctx, config)
	var refused *proto.Error
	if !p.nickGiven && config.Account == "" && config.Nick != "" && errors.As(err, &refused) {
		config.Nick = ""
		if c, err = client.Dial(ctx, config); err == nil {
			why, remedy := p.nickRefusal(refused)
			p.diag.printf("%s; you are %s (%s)", why, c.Session().Nick, remedy)
		}
	}
	if err != nil {
		return nil, err
	}
	return newSession(c, p), nil
}

// config returns whom to connect to, and as whom.
func (p *program) config(as identity) client.Config {
	config := client.Config{
		Server: p.server, TLS: p.tls.config, Fingerprint: p.tls.fingerprint, Account: p.login.account, Password: p.login.password,
		DialTimeout: p.connect, ReconnectTimeout: p.reconnect,
	}
	if p.connect == 0 {
		config.DialTimeout = -1
	}
	if p.reconnect == 0 {
		config.ReconnectTimeout = -1
	}
	switch {
	case p.nickGiven || as == participant:
		config.Nick, config.Key = p.nick, p.key
	case as == sender:
		config.Nick = p.nick
	}
	return config
}

func newSession(c *client.Client, p *program) *session {
	return &session{Client: c, program: p, losses: make(chan struct{}, 1)}
}

// watchEvents takes the events, for a command that wants none of them, until the
// client ends. Then it calls ended with the reason.
func (s *session) watchEvents(ended func(error)) {
	s.wg.Go(func() {
		for e := range s.Events() {
			s.report(e)
		}
		ended(s.Err())
	})
}

// close closes the connection. What that fails with is known already.
func (s *session) close() {
	_ = s.Close()
	s.wg.Wait()
}

// report tells the user of an event that changes the connection.
func (s *session) report(e client.Event) {
	diag := s.program.diag
	switch e := e.(type) {
	case client.StateChange:
		switch {
		case e.From.Nick != e.To.Nick:
			diag.printf("%s is now known as %s", e.From.Nick, e.To.Nick)
		case e.To.State == client.Lost && !s.lost:
			s.lost = true
			diag.printf("lost the connection: %s; reconnecting for up to %v", reason(e.Err), s.program.reconnect)
			select {
			case s.losses <- struct{}{}:
			default:
			}
		case e.To.Connected() && s.lost:
			s.lost = false
			diag.printf("%s", render.ConnectedAgain(e))
		}
	case client.Gap:
		diag.printf("%s", render.Gap(e))
	}
}

// withGrace returns a context that ends some time after its parent, and at once
// when there is no connection, over which an answer could come.
func (s *session) withGrace(parent context.Context, grace time.Duration) (ctx context.Context, stop func()) {
	ctx, cancel := context.WithCancelCause(context.WithoutCancel(parent))
	s.wg.Go(func() {
		select {
		case <-parent.Done():
		case <-ctx.Done():
			return
		}
		select {
		case <-s.losses: // one that is over
		default:
		}
		if s.Session().Connected() {
			select {
			case <-time.After(grace):
			case <-s.losses:
			case <-ctx.Done():
			}
		}
		cancel(context.Cause(parent))
	})
	return ctx, func() { cancel(nil) }
}

// ask is a command that only asks: it connects, asks, and ends.
func (p *program) ask(ctx context.Context, question func(context.Context, *session) error) error {
	s, err := p.open(ctx, observer)
	if err != nil {
		return err
	}
	defer s.close()
	s.watchEvents(func(error) {})
	return question(ctx, s)
}
