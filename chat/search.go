package main

import (
	"context"
	"slices"
	"strings"
	"time"

	"linechat/chat/client"
)

func search(ctx context.Context, p *program) error {
	query := client.Query{
		Words: strings.Join(p.args[1:], " "), From: p.from,
		After: p.after, Before: p.before, Since: time.Duration(p.since), Last: p.number,
	}
	return p.ask(ctx, func(ctx context.Context, s *session) error {
		found, err := collect(s.Search(ctx, p.args[0], query))
		if err != nil {
			return err
		}
		out := p.printer()
		for _, e := range slices.Backward(found) {
			if err := p.showEvent(e, out); err != nil {
				return err
			}
		}
		return out.flush()
	})
}
