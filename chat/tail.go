package main

import (
	"context"
	"errors"

	"linechat/chat/client"
	"linechat/chat/internal/render"
)

func tail(ctx context.Context, p *program) error {
	ctx, stop := p.watchStdout(ctx)
	defer stop()
	if p.noFollow {
		return p.ask(ctx, func(ctx context.Context, s *session) error {
			return p.show(s.History(ctx, p.args[0], client.Range{Last: p.number, Before: p.before}), p.printer())
		})
	}
	s, err := p.open(ctx, observer)
	if err != nil {
		return err
	}
	defer s.close()
	out := p.printer()
	if err := p.show(s.JoinLast(ctx, p.args[0], p.number), out); err != nil {
		return err
	}
	return s.Handle(ctx, func(e client.Event) error { return s.showLive(e, out) })
}

// showLive prints a post as it comes, and reports other events. An error ends the
// tail.
func (s *session) showLive(e client.Event, out *printer) error {
	switch e := e.(type) {
	case client.Message:
		_ = out.post(e) // whose failure is that of flush
		return out.flush()
	case client.RoomLost:
		return e.Err
	case client.RoomReset:
		s.program.diag.printf("%s", render.Reset(e))
	case client.MemberLeft:
		if e.Nick == s.Session().Nick {
			return errors.New(render.Removed(e))
		}
	default:
		s.report(e)
	}
	return nil
}
