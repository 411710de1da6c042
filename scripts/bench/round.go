package main

import (
	"context"
	"sync"
	"sync/atomic"
	"time"
)

// A span is how long a round warms up, and for how long it is then measured.
type span struct{ warmUp, measured time.Duration }

func spanOf(measured time.Duration) span { return span{measured / 6, measured} }

func (s span) whole() time.Duration { return s.warmUp + s.measured }

// A round loads a server, once: it warms up, is measured and is over.
type round struct {
	*server
	span
	load int // of what the table varies

	stage   atomic.Int32
	working sync.WaitGroup
	fail    context.CancelCauseFunc // ends the round's ctx, and so its connections
}

const (
	stageWarmUp = iota
	stageMeasured
	stageOver
)

// newRound returns a round and its ctx, which ends when work fails, too, and when
// the round does not come to its end. done frees what they hold.
func newRound(ctx context.Context, srv *server, s span, load int) (_ context.Context, r *round, done func()) {
	ctx, cancel := context.WithTimeoutCause(ctx, s.whole()+patience, errStuck)
	ctx, fail := context.WithCancelCause(ctx)
	return ctx, &round{server: srv, span: s, load: load, fail: fail}, func() { fail(nil); cancel() }
}

// measures and over are asked by those who work, all the time.
func (r *round) measures() bool { return r.stage.Load() == stageMeasured }
func (r *round) over() bool     { return r.stage.Load() == stageOver }

// begin has work done in a goroutine of its own, for which run waits. It is to
// return soon after the round is over. An error ends the round.
func (r *round) begin(work func() error) {
	r.working.Go(func() {
		if err := work(); err != nil {
			r.fail(err)
		}
	})
}

// A reading is what happened while the round was measured.
type reading struct {
	took  time.Duration
	cpu   float64 // seconds of the server
	count uint64  // of what was counted
}

func (r reading) perSecond() float64 { return float64(r.count) / r.took.Seconds() }

// cpuPer returns the server's CPU seconds for n of what was counted.
func (r reading) cpuPer(n float64) float64 {
	return r.cpu / float64(max(r.count, 1)) * n
}

// run passes through the round, waits until all work is done, and returns what
// the server's clock and the count went forward while it was measured. An error
// is the first one, of the work or of ctx.
func (r *round) run(ctx context.Context, count func() uint64) (reading, error) {
	got, err := r.pass(ctx, count)
	r.stage.Store(stageOver)
	r.working.Wait()
	if cause := context.Cause(ctx); cause != nil {
		err = cause
	}
	return got, err
}

// pass lets the time go by that a round takes.
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

// wait waits, or returns why ctx has ended.
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
