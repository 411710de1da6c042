package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"text/tabwriter"
	"time"
)

// resumeWithin is how long chatd may take until it stores posts again, when the
// disk does.
const resumeWithin = 10 * time.Second

// A trial is one failure of the disk under load, and what came of it.
type trial struct {
	campaign *campaign
	machine  *machine
	failure  *failure

	answers [outcomes]int // to posts, while the disk failed
	slowest answerTime    // of the other commands meanwhile
	resumed string        // how long after the failure every room had an OK
	ending  ending
}

// An ending is how a trial ends.
type ending struct {
	name    string
	failing bool // before the disk works again
	cut     bool // the power is cut, too
}

var endings = []ending{
	{name: "kill"},
	{name: "power cut", cut: true},
	{name: "kill while it fails", failing: true},
	{name: "power cut while it fails", failing: true, cut: true},
}

// runEIO has the disk fail in each of its ways, n times over: chatd must refuse
// posts, answer everything else, and resume by itself. The ends of the trials
// take turns; four times over each failure has had each.
func runEIO(ctx context.Context, s *scene) (err error) {
	if err := canMount(); err != nil {
		return err
	}
	if err := s.build(ctx); err != nil {
		return err
	}
	m, err := newMachine(s)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, m.unmount()) }()
	c := newCampaign(s, m.dir)
	table := tabwriter.NewWriter(s.out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "failure\tOK\tstore\tunknown\tslowest answer otherwise\tposts again after\tended by")
	for i := range s.rounds * len(failures()) {
		all := failures()
		t := &trial{campaign: c, machine: m, failure: all[i%len(all)], ending: endings[(i+i/len(all))%len(endings)], resumed: "-"}
		s.progress.Show("%s, then a %s", t.failure.name, t.ending.name)
		if err := t.run(ctx); err != nil {
			return err
		}
		fmt.Fprintf(table, "%s\t%d\t%d\t%d\t%v\t%v\t%s\n", t.failure.name, t.answers[acknowledged], t.answers[notStored],
			t.answers[unknown], t.slowest, t.resumed, t.ending.name)
		if c.load.ledger.faulty() {
			break
		}
	}
	s.progress.Clear()
	_ = table.Flush() // stdout; there is nobody to tell
	return c.finish(ctx)
}

// run is one trial.
func (t *trial) run(ctx context.Context) error {
	c := t.campaign
	d := c.start(ctx)
	if d == nil {
		return ctx.Err()
	}
	shift := c.load.begin(ctx, d.socket)
	sleep(ctx, between(c.moments, 200*time.Millisecond, 500*time.Millisecond))
	t.fail(ctx, d)
	if !t.ending.failing {
		t.machine.failure.Store(nil)
		c.load.ledger.expectRecovery()
		t.awaitPosts(ctx)
		c.load.enter(healthy)
		sleep(ctx, between(c.moments, 100*time.Millisecond, 300*time.Millisecond))
		t.awaitReaders(ctx)
	}
	shift.end(d)
	c.load.enter(healthy)
	t.machine.failure.Store(nil)
	if t.ending.cut {
		if err := t.machine.cutPower(); err != nil {
			return err
		}
	}
	c.check(ctx)
	return ctx.Err()
}

// fail has the disk fail, and asks chatd things for a while.
func (t *trial) fail(ctx context.Context, d *daemon) {
	load := t.campaign.load
	load.enter(recovering) // until every post that is sent meets the failure
	t.machine.failure.Store(t.failure)
	load.enter(t.failure.state())
	ctx, cancel := context.WithCancel(ctx) // with a deadline of its own the prober could fail just before the end
	defer time.AfterFunc(between(t.campaign.moments, time.Second, 2500*time.Millisecond), cancel).Stop()
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
	load := t.campaign.load
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

// awaitReaders waits until the readers, who were connected all the time, have
// read what is acknowledged now.
func (t *trial) awaitReaders(ctx context.Context) {
	ledger := t.campaign.load.ledger
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
