package main

import (
	"context"
	"sync"
	"sync/atomic"
	"time"
)

// A span is how long a round warms up and is measured.
type span struct{ warmUp, measured time.Duration }

func spanOf(measured time.Duration) span { return span{measured / 6, measured} }

func (s span) whole() time.Duration { return s.warmUp + s.measured }

// A round puts load on a server once: it warms up, is measured and is over.
type round struct {
	*server
	span
	load int

	stage   atomic.Int32
	working sync.WaitGroup
	fail    context.CancelCauseFunc // ends the round's ctx, which closes its connections
}

const (
	stageWarmUp = iota
	stageMeasured
	stageOver
)

// newRound returns a round and its ctx, which ends also when work fails and when the
// round takes too long. done releases both.
func newRound(ctx context.Context, srv *server, s span, load int) (_ context.Context, r *round, done func()) {
	ctx, cancel := context.WithTimeoutCause(ctx, s.whole()+patience, errStuck)
	ctx, fail := context.WithCancelCause(ctx)
	return ctx, &round{server: srv, span: s, load: load, fail: fail}, func() { fail(nil); cancel() }
}

// measures and over are for the work of begin.
func (r *round) measures() bool { return r.stage.Load() == stageMeasured }
func (r *round) over() bool     { return r.stage.Load() == stageOver }

// begin starts work in a goroutine, which run waits for. The work must return soon
// after the round is over. An error ends the round.
func (r *round) begin(work func() error) {
	r.working.Go(func() {
		if err := work(); err != nil {
			r.fail(err)
		}
	})
}

// A reading is what was measured.
type reading struct {
	took  time.Duration
	cpu   float64 // seconds of the server
	count uint64  // of what was counted
}

func (r reading) perSecond() float64 { return float64(r.count) / r.took.Seconds() }

// cpuEach returns the server's CPU time, in nanoseconds, for each of what was counted.
func (r reading) cpuEach() float64 { return r.cpu * 1e9 / float64(max(r.count, 1)) }

// run waits until the round is over and all work has ended. It returns how far the
// server's CPU clock and the count advanced while the round was measured, and the
// first error of the work or of ctx.
func (r *round) run(ctx context.Context, count func() uint64) (reading, error) {
	got, err := r.pass(ctx, count)
	r.stage.Store(stageOver)
	r.working.Wait()
	if cause := context.Cause(ctx); cause != nil {
		err = cause
	}
	return got, err
}

// pass waits for the time that a round takes.
func (r *round) pass(ctx context.Context, count func() uint64) (got reading, err error) {
	if err := wait(ctx, r.warmUp); err != nil {
		return got, err
	}
	r.stage.Store(stageMeasured)
	began, before := time.Now(), count()
	cpu, err := r.CPUSeconds()
	if err != nil {
		return got, err
	}
	if err := wait(ctx, r.span.measured); err != nil {
		return got, err
	}
	now, err := r.CPUSeconds()
	return reading{time.Since(began), now - cpu, count() - before}, err
}

// wait waits for d. If ctx ends first, it returns the cause.
func wait(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}
