package main

import (
	"context"
	"fmt"

	"linechat/chat/client"
)

// tail is the command of that name.
func tail(ctx context.Context, p *program) error {
	ctx, stop := p.watchStdout(ctx)
	defer stop()
	if p.noFollow {
		return p.ask(ctx, func(ctx context.Context, s *session) error {
			_, err := s.playBack(ctx, span{last: p.number}, p.printer())
			return err
		})
	}
	s, err := p.open(ctx, observer)
	if err != nil {
		return err
	}
	defer s.close()
	out := p.printer()
	if err := s.joinBehind(ctx, p.number, out); err != nil {
		return err
	}
	return s.follow(ctx, out)
}

// joinBehind joins the room, and prints the last n posts.
func (s *session) joinBehind(ctx context.Context, n int, out *printer) error {
	replay := client.Last(n)
	if n > pagePosts {
		seen, err := s.playBack(ctx, span{last: n}, out)
		if err != nil {
			return err
		}
		replay = client.After(seen)
	}
	var joined client.Joined
	err := s.retry(ctx, func() (err error) {
		joined, err = s.Join(ctx, s.program.args[0], replay)
		return err
	})
	if err != nil {
		return err
	}
	s.program.show(joined.Past, joined.Gaps, out)
	return out.flush()
}

// follow prints each post as it comes.
func (s *session) follow(ctx context.Context, out *printer) error {
	for {
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case e, more := <-s.Events():
			if !more {
				return s.Err()
			}
			if err := s.handle(e, out); err != nil {
				return err
			}
		}
	}
}

// handle deals with one event. An error: there is nothing more to follow.
func (s *session) handle(e client.Event, out *printer) error {
	switch e := e.(type) {
	case client.Message:
		out.post(e)
		return out.flush()
	case client.RoomLost:
		return e.Err
	case client.RoomReset:
		s.program.diag.printf("room %s was reset: its last post is number %d, and %d was shown before", e.Room, e.Head, e.Seen)
	case client.MemberLeft:
		if e.Nick == s.Nick() {
			return fmt.Errorf("the server removed you from room %s: %s", e.Room, e.Why)
		}
	default:
		s.report(e)
	}
	return nil
}
