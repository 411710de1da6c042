package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"
)

// What rounds may take in addition to the time that they are loaded.
const (
	perServer = 300 * time.Millisecond // to start, connect to and end a server, on average
	slack     = 20 * time.Second       // for all rounds together
	patience  = 10 * time.Second       // for one round while it is loaded
)

var (
	errTooLong = errors.New("the time for all rounds is up")
	errStuck   = errors.New("an answer did not come")
	errStart   = errors.New("the server does not start")
)

// A benchmark measures something in several steps.
type benchmark interface {
	plan(s *series) plan

	// measure prints a line for each step, and reports what fails. It ends with ctx.
	measure(ctx context.Context, s *series)
}

// A plan is how many steps a benchmark has, how long they take, and after how long
// they are cut off.
type plan struct {
	steps        int
	about, limit time.Duration
}

// A series is all benchmarks of a run.
type series struct {
	systems    []system
	benchmarks []benchmark
	rounds     int
	dir        string
	stdout     io.Writer
	stderr     io.Writer

	progress *progress
	failed   bool
}

// run runs one benchmark after the other.
func (s *series) run(ctx context.Context) error {
	whole := plan{limit: slack}
	for _, b := range s.benchmarks {
		p := b.plan(s)
		whole = plan{whole.steps + p.steps, whole.about + p.about, whole.limit + p.limit}
	}
	fmt.Fprintf(s.stderr, "%d rounds take about %v, and are cut off after %v\n", whole.steps, whole.about.Round(time.Second), whole.limit.Round(time.Second))
	s.progress = newProgress(s.stderr, whole.steps)
	ctx, cancel := context.WithTimeoutCause(ctx, whole.limit, errTooLong)
	defer cancel()
	for _, b := range s.benchmarks {
		if ctx.Err() == nil {
			b.measure(ctx, s)
		}
	}
	s.progress.Clear()
	if s.failed {
		return errors.New("not everything was measured")
	}
	return nil
}

// print prints a line of the results.
func (s *series) print(line string) {
	s.progress.Clear()
	fmt.Fprintln(s.stdout, line)
}

// fail reports what went wrong in a step: the end of ctx, or what was not caused by
// it.
func (s *series) fail(ctx context.Context, what string, err error) {
	if ctx.Err() != nil {
		err = context.Cause(ctx)
	}
	s.failed = true
	s.progress.Clear()
	fmt.Fprintf(s.stderr, "bench: %s: %v\n", what, err)
}
