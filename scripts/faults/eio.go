package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"text/tabwriter"
	"time"
)

// resumeWithin is how long chatd may take to store posts again once the disk works.
const resumeWithin = 10 * time.Second

// A trial is one failure of the disk under load, and what chatd did.
type trial struct {
	run     *run
	machine *machine
	failure *failure

	answers [outcomes]int // to posts, while the disk failed
	slowest answerTime    // of the other commands meanwhile
	resumed string        // how long after the failure every room stored posts
	ending  ending
}

// An ending is how a trial ends.
type ending struct {
	name    string
	failing bool // it ends while the disk fails
	cut     bool // with a power cut
}

var endings = []ending{
	{name: "kill"},
	{name: "power cut", cut: true},
	{name: "kill while it fails", failing: true},
	{name: "power cut while it fails", failing: true, cut: true},
}

// runEIO makes the disk fail in each way, -n times. chatd must refuse posts, answer
// everything else, and recover by itself. With -n 4 every failure has had every
// ending.
func runEIO(ctx context.Context, w *workspace) (err error) {
	if err := canMount(); err != nil {
		return err
	}
	if err := w.build(ctx); err != nil {
		return err
	}
	m, err := newMachine(w, w.path("disk"), forPages)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, m.unmount()) }()
	r := newRun(w, m.dir)
	table := tabwriter.NewWriter(w.out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "failure\tOK\tstore\tunknown\tslowest other answer\tstores again after\tended by")
	for i := range w.rounds * len(failures()) {
		all := failures()
		t := &trial{run: r, machine: m, failure: all[i%len(all)], ending: endings[(i+i/len(all))%len(endings)], resumed: "-"}
		w.progress.Show("%s, then a %s", t.failure.name, t.ending.name)
		if err := t.perform(ctx); err != nil {
			return err
		}
		fmt.Fprintf(table, "%s\t%d\t%d\t%d\t%v\t%v\t%s\n", t.failure.name, t.answers[acknowledged], t.answers[notStored],
			t.answers[unknown], t.slowest, t.resumed, t.ending.name)
		if r.load.ledger.faulty() {
			break
		}
	}
	w.progress.Clear()
	_ = table.Flush() // stdout; there is nobody to tell
	return r.finish(ctx)
}

// perform performs the trial.
func (t *trial) perform(ctx context.Context) error {
	r := t.run
	d := r.start(ctx)
	if d == nil {
		return ctx.Err()
	}
	running := r.load.begin(ctx, d.socket)
	sleep(ctx, between(r.moments, 200*time.Millisecond, 500*time.Millisecond))
	t.fail(ctx, d)
	if !t.ending.failing {
		t.machine.failure.Store(nil)
		r.load.ledger.expectRecovery()
		t.awaitPosts(ctx)
		r.load.enter(healthy)
		sleep(ctx, between(r.moments, 100*time.Millisecond, 300*time.Millisecond))
		t.awaitReaders(ctx)
	}
	running.end(d)
	r.load.enter(healthy)
	t.machine.failure.Store(nil)
	if t.ending.cut {
		if err := t.machine.cutPower(); err != nil {
			return err
		}
	}
	r.check(ctx)
	return ctx.Err()
}

// fail makes the disk fail for a while, in which a prober asks for everything else.
func (t *trial) fail(ctx context.Context, d *daemon) {
	load := t.run.load
	load.enter(recovering) // until every post that is sent meets the failure
	t.machine.failure.Store(t.failure)
	load.enter(t.failure.state())
	ctx, cancel := context.WithCancel(ctx) // not a deadline, which would make the prober fail just before it
	defer time.AfterFunc(between(t.run.moments, time.Second, 2500*time.Millisecond), cancel).Stop()
	p := prober{socket: d.socket, load: load, writes: !t.failure.harmless}
	if err := p.probe(ctx); err != nil && ctx.Err() == nil {
		load.ledger.fault(broken, "while the disk failed (%s): %v", t.failure.name, err)
	}
	<-ctx.Done()
	t.slowest = p.slowest
	load.enter(recovering)
	t.answers = load.ledger.takeFailed()
}

// awaitPosts waits until every room stores posts again.
func (t *trial) awaitPosts(ctx context.Context) {
	load := t.run.load
	for since := time.Now(); ; sleep(ctx, 2*time.Millisecond) {
		waiting := load.ledger.recovering()
		took := time.Since(since)
		t.resumed = took.Round(time.Millisecond).String()
		if len(waiting) == 0 || ctx.Err() != nil {
			return
		}
		if took > resumeWithin {
			load.ledger.fault(broken, "%v after the failure (%s) no post has been stored in %s", resumeWithin, t.failure.name, strings.Join(waiting, ", "))
			return
		}
	}
}

// awaitReaders waits until the readers, which stayed connected, have read all that
// is acknowledged now.
func (t *trial) awaitReaders(ctx context.Context) {
	ledger := t.run.load.ledger
	lasts := ledger.lasts()
	for since := time.Now(); ctx.Err() == nil; sleep(ctx, 2*time.Millisecond) {
		behind := ledger.behind(lasts)
		if behind == "" {
			return
		}
		if time.Since(since) > resumeWithin {
			ledger.fault(misread, "after the failure (%s) %s", t.failure.name, behind)
			return
		}
	}
}
