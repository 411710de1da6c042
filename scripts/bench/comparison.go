package main

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// A comparison is a table made of rounds that load each system in turn.
type comparison struct {
	title   string
	load    string // what loads are a number of
	loads   []int
	columns []column
	keep    keeping
	span    span

	// measure sees a round through, which ends with ctx at the latest, and
	// returns a figure for each column. An error says what the server did wrong.
	measure func(ctx context.Context, r *round) ([]float64, error)
}

func (c *comparison) plan(s *series) plan {
	n := s.rounds * len(c.loads) * len(s.systems)
	return plan{n, time.Duration(n) * (c.span.whole() + perServer/2), time.Duration(n) * (c.span.whole() + perServer)}
}

// make measures in each round every load, in each load every system.
func (c *comparison) make(ctx context.Context, s *series) report {
	r := &results{table: c, figures: make(map[cell][][]float64)}
	for _, sys := range s.systems {
		r.systems = append(r.systems, sys.name())
	}
	for n := range s.rounds {
		for _, load := range c.loads {
			for _, sys := range s.systems {
				what := fmt.Sprintf("round %d of %d, %d %s, %s", n+1, s.rounds, load, c.load, sys.name())
				s.progress.next(what)
				figures, err := c.round(ctx, s, sys, load)
				if err == nil {
					r.add(sys.name(), load, figures)
					continue
				}
				if ctx.Err() != nil {
					err = context.Cause(ctx) // whatever has gone wrong because of it
				}
				r.fault("%s: %v", what, err)
				if ctx.Err() != nil || errors.Is(err, errStart) {
					return r
				}
			}
		}
	}
	return r
}

// round measures a fresh server once.
func (c *comparison) round(ctx context.Context, s *series, sys system, load int) ([]float64, error) {
	srv, err := start(ctx, sys, s.dir, c.keep)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errStart, err)
	}
	defer srv.remove()
	ctx, r, done := newRound(ctx, srv, c.span, load)
	defer done()
	figures, err := c.measure(ctx, r)
	if err != nil {
		return nil, fmt.Errorf("%w; it printed:\n%s", err, srv.Output())
	}
	return figures, nil
}
