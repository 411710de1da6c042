package main

import (
	"context"
	"slices"
	"time"
)

// What a round of idle takes.
const (
	toConnect = 3 * time.Millisecond   // once; over SSH that is twice as much
	toSettle  = 500 * time.Millisecond // after all have connected
)

// newIdle measures the resident memory that a server has for each connection that was
// greeted and does nothing.
func newIdle(o *options) *benchmark {
	return &benchmark{
		name: "Idle", load: "conns", loads: o.conns,
		durability: inMemory,
		span:       span{toConnect * time.Duration(slices.Max(o.conns)), toSettle},
		round:      idle,

		environment: []string{"GOGC=1"}, // else it is mostly what the handshakes have left behind
	}
}

func idle(ctx context.Context, r *round) (uint64, []value, error) {
	before, err := r.Resident()
	if err != nil {
		return 0, nil, err
	}
	for range r.load {
		if _, err := r.dial(ctx, 0); err != nil {
			return 0, nil, err
		}
	}
	if err := wait(ctx, r.span.measured); err != nil {
		return 0, nil, err
	}
	after, err := r.Resident()
	return uint64(r.load), []value{{(after - before) / float64(r.load), "B/conn"}}, err
}
