package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"linechat/scripts/harness"
)

// Who there is in a day, beside the crowd.
const (
	inRoom    = 10                   // talkers in a room
	postEvery = 5 * time.Millisecond // of all talkers together
	attackers = 3
)

// A day is talkers, in many rooms, and attackers, who go on and on.
type day struct {
	*workspace
	run      *run
	dir      string // chatd's
	daemon   *harness.Chatd
	target   *target
	crowd    *crowd
	talkers  []*talker
	started  time.Time
	strikes  floodReport
	times    deliveryTimes
	over     chan struct{} // closed when talkers say no more
	pending  atomic.Int64  // talkers' commands that are not answered
	closing  atomic.Bool   // connections are being closed
	speaking sync.WaitGroup
	reading  sync.WaitGroup
}

// runDay runs days. Each has a fresh chatd.
func runDay(ctx context.Context, w *workspace) error {
	if err := canAttack(); err != nil {
		return err
	}
	if err := w.build(ctx); err != nil {
		return err
	}
	o := *w.options
	o.posters, o.rooms, o.readers, o.holders = o.sessions, o.sessions/inRoom, 0, 0
	w.options = &o
	for n := range w.rounds {
		dir := w.path(fmt.Sprintf("day-%d", n))
		d := &day{workspace: w, run: newRun(w, filepath.Join(dir, "data")), dir: dir, over: make(chan struct{})}
		d.run.load.source.homely = true
		if err := d.perform(ctx); err != nil {
			return err
		}
	}
	return nil
}

// perform runs the day, reads everything afterwards, and reports.
func (d *day) perform(ctx context.Context) error {
	d.progress.Show("preparing")
	if err := os.Mkdir(d.dir, 0o700); err != nil {
		return err
	}
	if err := d.fillLibrary(ctx, d.dir); err != nil {
		return err
	}
	flags, err := d.exposed(ctx)
	if err != nil {
		return err
	}
	if d.daemon, err = harness.StartChatd(d.chatd, d.dir, "127.0.0.1:0", flags...); err != nil {
		return err
	}
	defer d.daemon.Kill()
	if err := d.pass(ctx); err != nil {
		return fmt.Errorf("%w; chatd printed:\n%s", err, d.daemon.Output())
	}
	d.run.rounds++
	if err := d.daemon.Stop(stopWithin); err != nil {
		d.run.load.ledger.fault(broken, "%v", err)
	}
	return d.run.finish(ctx)
}

// pass has everybody come, the day pass, and everybody go.
func (d *day) pass(ctx context.Context) (err error) {
	ctx, fail := context.WithCancelCause(ctx)
	defer fail(nil) // closes all connections
	d.target = &target{options: d.options, address: d.daemon.Address, admin: adminSocket(d.dir)}
	if err := (&visitor{target: d.target}).settle(ctx); err != nil {
		return err
	}
	if d.crowd, err = gather(ctx, d.target); err != nil {
		return err
	}
	if err := d.gatherTalkers(ctx); err != nil {
		return err
	}
	d.crowd.begin(fail)
	d.begin()
	err = d.passMinutes(ctx)
	d.end(ctx)
	d.crowd.end()
	if err := errors.Join(err, context.Cause(ctx)); err != nil {
		return err
	}
	d.printf("the crowd: p99 %s ms, each read up to %d other lines\n", ms(d.crowd.p99(span{0, len(d.crowd.members[0].took)})), d.crowd.noise())
	d.printf("the attackers: %v\n", &d.strikes)
	return nil
}

// length returns how long the day is.
func (d *day) length() time.Duration { return time.Duration(d.minutes * float64(time.Minute)) }

// attack has an attacker, who has one address, do one thing after the other until ctx ends.
func (d *day) attack(ctx context.Context, attacker int) {
	var floods []string
	for _, a := range attacks {
		if a.flood != nil {
			floods = append(floods, a.name)
		}
	}
	for i := attacker * len(floods) / attackers; ; i++ {
		report, err := d.flood(ctx, floods[i%len(floods)], d.target.address, attacker, 1)
		switch {
		case ctx.Err() != nil:
			return
		case err != nil:
			d.run.load.ledger.fault(broken, "%v", err)
			return
		}
		d.strikes.merge(report)
	}
}

// passMinutes reports every minute until the day ends, and all the time has attackers attack.
func (d *day) passMinutes(ctx context.Context) error {
	attacking, stop := context.WithCancel(ctx)
	var attacks sync.WaitGroup
	defer attacks.Wait()
	defer stop()
	for n := range attackers {
		attacks.Go(func() { d.attack(attacking, n) })
	}
	for passed := time.Duration(0); passed < d.length(); {
		passed = min(passed+time.Minute, d.length())
		select {
		case <-time.After(time.Until(d.started.Add(passed))):
		case <-d.daemon.Ended():
			return errors.New("chatd ended by itself")
		case <-ctx.Done():
			return nil // pass knows why
		}
		if err := d.report(passed); err != nil {
			return err
		}
	}
	return nil
}

// report prints how the time since the last report was.
func (d *day) report(passed time.Duration) error {
	resident, err := d.daemon.Resident()
	if err != nil {
		return err
	}
	stored, err := sizeOf(filepath.Join(d.dir, "data"))
	if err != nil {
		return err
	}
	p99, count := d.times.take()
	d.printf("%v: p99 %s ms of %d deliveries, %s resident, %s stored, %d posts acknowledged\n",
		passed, ms(p99), count, megabytes(int64(resident)), megabytes(stored), d.run.load.ledger.posts())
	return nil
}
