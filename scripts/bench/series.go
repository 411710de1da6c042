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

// A table is something that is measured and printed.
type table interface {
	// plan says what it takes to make it.
	plan(s *series) plan

	// make makes it, as far as it gets before ctx ends.
	make(ctx context.Context, s *series) report
}

// A plan is how often the making of tables comes to a next step, how long it
// takes, and after how long it is cut off.
type plan struct {
	steps        int
	about, limit time.Duration
}

// A report is a table that has been made.
type report interface {
	print(out io.Writer)

	// good reports whether nothing went wrong.
	good() bool
}

// A series is all that is measured.
type series struct {
	systems []system
	tables  []table
	rounds  int
	dir     string

	progress *progress
}

// run makes one table after the other and prints each, as far as it got.
func (s *series) run(ctx context.Context, stdout, stderr io.Writer) error {
	whole := plan{limit: slack}
	for _, t := range s.tables {
		p := t.plan(s)
		whole = plan{whole.steps + p.steps, whole.about + p.about, whole.limit + p.limit}
	}
	fmt.Fprintf(stderr, "%d rounds take about %v, and are cut off after %v\n", whole.steps, whole.about.Round(time.Second), whole.limit.Round(time.Second))
	s.progress = newProgress(stderr, whole.steps)
	ctx, cancel := context.WithTimeoutCause(ctx, whole.limit, errTooLong)
	defer cancel()
	good := true
	for _, t := range s.tables {
		r := t.make(ctx, s)
		s.progress.Clear()
		r.print(stdout)
		if good = good && r.good(); ctx.Err() != nil {
			break
		}
	}
	if !good {
		return errors.New("what went wrong stands in lines that begin with !")
	}
	return nil
}
