package main

import (
	"context"
	"errors"
	"fmt"
)

// A benchmark puts each load on each system in turn.
type benchmark struct {
	name       string
	load       string // what the loads are a number of
	loads      []int
	durability durability
	span       span

	environment []string // of the servers, "NAME=value"

	// round puts the load on a server until the round ends, at the latest when ctx
	// does, and returns what it counted and the values. An error is what the server
	// did wrong.
	round func(ctx context.Context, r *round) (count uint64, values []value, err error)
}

// systems returns those of a series that the benchmark can be run on.
func (b *benchmark) systems(s *series) (all []system) {
	for _, sys := range s.systems {
		if sys.offers(b.durability) {
			all = append(all, sys)
		}
	}
	return all
}

// measure measures every system under every load in each round, until ctx ends.
func (b *benchmark) measure(ctx context.Context, s *series) {
	for n := range s.rounds {
		for _, load := range b.loads {
			for _, sys := range b.systems(s) {
				name := fmt.Sprintf("%s/%s=%d/server=%s", b.name, b.load, load, sys.name())
				s.progress.Show("round %d of %d: %s", n+1, s.rounds, name)
				count, values, err := b.measureOnce(ctx, s, sys, load)
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
func (b *benchmark) measureOnce(ctx context.Context, s *series, sys system, load int) (uint64, []value, error) {
	srv, err := start(ctx, sys, s.dir, b)
	if err != nil {
		return 0, nil, fmt.Errorf("%w: %w", errStart, err)
	}
	defer srv.remove()
	ctx, r, done := newRound(ctx, srv, b.span, load)
	defer done()
	count, values, err := b.round(ctx, r)
	if err != nil {
		err = fmt.Errorf("%w; it printed:\n%s", err, srv.output())
	}
	return count, values, err
}
