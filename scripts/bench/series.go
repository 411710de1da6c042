package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"linechat/scripts/harness"
)

// What rounds may take in addition to the time that they are loaded.
const (
	perServer  = 300 * time.Millisecond // to start, connect to and end a server, on average
	perCluster = 8 * time.Second        // likewise; nats-servers choose a leader first
	slack      = 20 * time.Second       // for all rounds together
	patience   = 10 * time.Second       // for one round while it is loaded
)

// toStart returns what a system may take in addition.
func toStart(sys system) time.Duration {
	switch sys.(type) {
	case *jetstream, *cluster:
		return perCluster
	}
	return perServer
}

var (
	errTooLong = errors.New("the time for all rounds is up")
	errStuck   = errors.New("an answer did not come")
	errStart   = errors.New("the server does not start")
)

// A series is all benchmarks of a run.
type series struct {
	systems    []system
	benchmarks []*benchmark
	rounds     int
	dir        string
	stdout     io.Writer
	stderr     io.Writer

	progress *harness.Progress
	failed   bool
}

// run runs one benchmark after the other.
func (s *series) run(ctx context.Context) error {
	var about, limit time.Duration
	for _, b := range s.benchmarks {
		for _, sys := range b.systems(s) {
			n := time.Duration(s.rounds * len(b.loads))
			about += n * (b.span.whole() + toStart(sys)/2)
			limit += n * (b.span.whole() + toStart(sys))
		}
	}
	limit += slack
	fmt.Fprintf(s.stderr, "this takes about %v, and is cut off after %v\n", about.Round(time.Second), limit.Round(time.Second))
	s.progress = harness.NewProgress(s.stderr)
	ctx, cancel := context.WithTimeoutCause(ctx, limit, errTooLong)
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
