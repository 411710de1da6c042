package main

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// A comparison is a benchmark whose rounds put each load on each system in turn.
type comparison struct {
	name       string
	load       string // what the loads are a number of
	loads      []int
	durability durability
	span       span

	// round puts the load on a server until the round ends, at the latest when ctx
	// does, and returns what it counted and the values. An error is what the server
	// did wrong.
	round func(ctx context.Context, r *round) (count uint64, values []value, err error)
}

func (c *comparison) plan(s *series) plan {
	n := s.rounds * len(c.loads) * len(s.systems)
	return plan{n, time.Duration(n) * (c.span.whole() + perServer/2), time.Duration(n) * (c.span.whole() + perServer)}
}

// measure measures every system under every load in each round.
func (c *comparison) measure(ctx context.Context, s *series) {
	for n := range s.rounds {
		for _, load := range c.loads {
			for _, sys := range s.systems {
				name := fmt.Sprintf("%s/%s=%d/server=%s", c.name, c.load, load, sys.name())
				s.progress.next(fmt.Sprintf("round %d of %d: %s", n+1, s.rounds, name))
				count, values, err := c.measureOnce(ctx, s, sys, load)
				if err == nil {
					s.print(line(name, count, values...))
					continue
				}
				s.fail(ctx, name, err)
				if ctx.Err() != nil || errors.Is(err, errStart) {
					return
				}
			}
		}
	}
}

// measureOnce measures a fresh server.
func (c *comparison) measureOnce(ctx context.Context, s *series, sys system, load int) (uint64, []value, error) {
	srv, err := start(ctx, sys, s.dir, c.durability)
	if err != nil {
		return 0, nil, fmt.Errorf("%w: %w", errStart, err)
	}
	defer srv.remove()
	ctx, r, done := newRound(ctx, srv, c.span, load)
	defer done()
	count, values, err := c.round(ctx, r)
	if err != nil {
		err = fmt.Errorf("%w; it printed:\n%s", err, srv.Output())
	}
	return count, values, err
}
