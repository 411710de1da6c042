package main

import (
	"context"
	"iter"
	"time"

	"linechat/chat/client"
	"linechat/chat/internal/render"
)

func history(ctx context.Context, p *program) error {
	which := client.Range{After: p.after, Since: time.Duration(p.since), Before: p.before}
	switch begins := p.afterGiven || p.since > 0; {
	case !begins:
		which.Last = p.number
	case p.numberGiven:
		which.First = p.number
	}
	return p.ask(ctx, func(ctx context.Context, s *session) error {
		return p.show(s.History(ctx, p.args[0], which), p.printer())
	})
}

// show prints posts, and says which are missing, up to the first error.
func (p *program) show(events iter.Seq2[client.Event, error], out *printer) error {
	for e, err := range events {
		if err == nil {
			err = p.showEvent(e, out)
		}
		if err != nil {
			_ = out.flush() // what there is stands before why there is no more
			return err
		}
	}
	return out.flush()
}

// showEvent prints a post, or says which are missing.
func (p *program) showEvent(e client.Event, out *printer) error {
	switch e := e.(type) {
	case client.Message:
		return out.post(e)
	case client.Gap:
		if err := out.flush(); err != nil {
			return err
		}
		p.diag.printf("%s", render.Gap(e))
	}
	return nil
}

// collect returns all that there is to yield.
func collect[T any](seq iter.Seq2[T, error]) (all []T, err error) {
	for item, err := range seq {
		if err != nil {
			return nil, err
		}
		all = append(all, item)
	}
	return all, nil
}
