package main

import (
	"context"
	"math/rand/v2"
	"time"
)

// checkEvery is the number of rounds after which chatd check is run.
const checkEvery = 10

// A run puts load on one data directory, on which it starts chatd in round after
// round.
type run struct {
	*workspace
	load    *load
	args    []string // of chatd, without the listener
	data    string   // the data directory; "" with --memory
	moments *rand.Rand

	rounds  int
	slowest time.Duration // the longest start of chatd
}

func newRun(w *workspace, data string, args ...string) *run {
	r := &run{workspace: w, load: newLoad(w), data: data, moments: w.random(forMoments)}
	r.args = append([]string{"--data", data}, args...)
	if data == "" {
		r.args = []string{"--memory"}
	}
	return r
}

// start starts chatd for the next round. It returns nil if chatd does not start,
// which is a fault, or if ctx has ended.
func (r *run) start(ctx context.Context) *daemon {
	d, err := r.workspace.start(ctx, r.args...)
	if err == nil && r.rounds == 0 {
		if err = r.load.createRooms(ctx, d.socket); err != nil {
			d.Kill()
		}
	}
	r.rounds++
	if err != nil {
		if ctx.Err() == nil {
			r.load.ledger.fault(broken, "round %d: %v", r.rounds, err)
		}
		return nil
	}
	r.slowest = max(r.slowest, d.startup)
	return d
}

// check runs chatd check on the data directory, if there is one.
func (r *run) check(ctx context.Context) {
	if r.data == "" {
		return
	}
	if err := r.workspace.check(ctx, r.data); err != nil {
		r.load.ledger.fault(broken, "after round %d: %v", r.rounds, err)
	}
}

// finish starts chatd once more, reads every room and prints the report.
func (r *run) finish(ctx context.Context, columns ...column) error {
	r.progress.Show("reading everything")
	extra, err := r.readEverything(ctx)
	if ctx.Err() != nil {
		return err
	}
	ledger := r.load.ledger
	if err != nil {
		ledger.fault(broken, "at the end: %v", err)
	}
	if sign := r.crash(); sign != "" {
		ledger.fault(broken, "chatd logged: %s", sign)
	}
	r.progress.Clear()
	writeTable(r.out, append(append([]column{{"rounds", r.rounds}}, columns...),
		column{"acked", ledger.posts()}, column{"stored, not acked", extra}, column{"account changes", r.load.changes()}, column{"read by readers", r.load.read()},
		column{"slowest start", r.slowest.Round(time.Millisecond)}), &ledger.tally)
	return r.verdict(&ledger.tally)
}

// readEverything compares every room with the ledger, and returns how many posts
// are stored that were not acknowledged. Unless there are faults already, posters
// first repeat what has no answer.
func (r *run) readEverything(ctx context.Context) (extra int, err error) {
	d, err := r.workspace.start(ctx, r.args...)
	if err != nil {
		return 0, err
	}
	defer d.Kill()
	r.slowest = max(r.slowest, d.startup)
	if !r.load.ledger.faulty() {
		r.load.catchUp(ctx, d.socket)
	}
	stored, err := readAll(ctx, d.socket, r.load.source.rooms)
	if err != nil {
		return 0, err
	}
	extra = r.load.ledger.audit(stored)
	r.load.checkAccounts(ctx, d.socket)
	if err := d.Stop(stopWithin); err != nil {
		return extra, err
	}
	r.check(ctx)
	return extra, nil
}

// verdict returns the error that a test ends with.
func (w *workspace) verdict(tally *tally) error {
	switch {
	case w.expectLoss && tally.count[lost] == 0:
		w.printf("no acknowledged post was lost, but this test must lose some\n")
		return errFaults
	case w.expectLoss:
		w.printf("acknowledged posts were lost, as expected\n")
		return nil
	case tally.any():
		return errFaults
	}
	return nil
}

// round runs chatd under load for a moment, and kills it.
func (r *run) round(ctx context.Context) error {
	d := r.start(ctx)
	if d == nil {
		return ctx.Err()
	}
	running := r.load.begin(ctx, d.socket)
	sleep(ctx, between(r.moments, 50*time.Millisecond, 400*time.Millisecond))
	running.end(d)
	r.progress.Show("round %d of %d: %d posts acknowledged", r.rounds, r.workspace.rounds, r.load.ledger.posts())
	return ctx.Err()
}
