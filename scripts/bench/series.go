package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"
)

// What rounds may take beyond the time that they are loaded.
const (
	perServer = 300 * time.Millisecond // to start, connect to and end a server, on average
	slack     = 20 * time.Second       // of all rounds together
	patience  = 10 * time.Second       // of one round, while it is loaded
)

var (
	errTooLong = errors.New("the time for all rounds is up")
	errStuck   = errors.New("an answer did not come")
	errStart   = errors.New("the server does not start")
)

// A table is made of rounds that load each system in turn.
type table struct {
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

// A series is all that is measured.
type series struct {
	systems []system
	tables  []*table
	rounds  int
	dir     string

	progress *progress
}

// run makes one table after the other and prints each, as far as it got.
func (s *series) run(ctx context.Context, stdout, stderr io.Writer) error {
	steps := 0
	about, limit := time.Duration(0), slack
	for _, t := range s.tables {
		n := s.rounds * len(t.loads) * len(s.systems)
		steps += n
		about += time.Duration(n) * (t.span.whole() + perServer/2)
		limit += time.Duration(n) * (t.span.whole() + perServer)
	}
	fmt.Fprintf(stderr, "%d rounds take about %v, and are cut off after %v\n", steps, about.Round(time.Second), limit.Round(time.Second))
	s.progress = newProgress(stderr, steps)
	ctx, cancel := context.WithTimeoutCause(ctx, limit, errTooLong)
	defer cancel()
	good := true
	for _, t := range s.tables {
		r := s.make(ctx, t)
		s.progress.clear()
		r.print(stdout)
		if good = good && len(r.faults) == 0; ctx.Err() != nil {
			break
		}
	}
	if !good {
		return errors.New("what went wrong stands in lines that begin with !")
	}
	return nil
}

// make makes one table: in each round every load, in each load every system.
func (s *series) make(ctx context.Context, t *table) *results {
	r := &results{table: t, figures: make(map[cell][][]float64)}
	for _, sys := range s.systems {
		r.systems = append(r.systems, sys.name())
	}
	for n := range s.rounds {
		for _, load := range t.loads {
			for _, sys := range s.systems {
				what := fmt.Sprintf("round %d of %d, %d %s, %s", n+1, s.rounds, load, t.load, sys.name())
				s.progress.next(what)
				figures, err := s.round(ctx, t, sys, load)
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
func (s *series) round(ctx context.Context, t *table, sys system, load int) ([]float64, error) {
	srv, err := start(ctx, sys, s.dir, t.keep)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errStart, err)
	}
	defer srv.stop()
	ctx, cancel := context.WithTimeoutCause(ctx, t.span.whole()+patience, errStuck)
	defer cancel()
	ctx, fail := context.WithCancelCause(ctx)
	defer fail(nil)
	figures, err := t.measure(ctx, &round{server: srv, span: t.span, load: load, fail: fail})
	if err != nil {
		return nil, fmt.Errorf("%w%s", err, srv.lastWords())
	}
	return figures, nil
}
