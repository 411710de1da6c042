package main

import (
	"context"
	"math/rand/v2"
	"time"
)

// checkEvery is how often, in rounds, chatd check is run meanwhile.
const checkEvery = 10

// A campaign is a load on a data directory that chatd is started on again and
// again.
type campaign struct {
	*scene
	load    *load
	args    []string // chatd's, which say where its data is
	data    string   // the directory; "": chatd --memory
	moments *rand.Rand

	rounds  int
	slowest time.Duration // start-up
}

func newCampaign(s *scene, data string, args ...string) *campaign {
	c := &campaign{scene: s, load: newLoad(s), data: data, moments: s.random(forMoments)}
	c.args = append([]string{"--data", data}, args...)
	if data == "" {
		c.args = []string{"--memory"}
	}
	return c
}

// start starts chatd, and notes how long that takes. It returns nil if chatd
// does not start, which is a fault, or if the run is to end.
func (c *campaign) start(ctx context.Context) *daemon {
	d, err := c.scene.start(ctx, c.args...)
	if err == nil && c.rounds == 0 {
		if err = c.load.createRooms(ctx, d.socket); err != nil {
			d.Kill()
		}
	}
	c.rounds++
	if err != nil {
		if ctx.Err() == nil {
			c.load.ledger.fault(broken, "round %d: %v", c.rounds, err)
		}
		return nil
	}
	c.slowest = max(c.slowest, d.startup)
	return d
}

// check has chatd check the data, if there are any.
func (c *campaign) check(ctx context.Context) {
	if c.data == "" {
		return
	}
	if err := c.scene.check(ctx, c.data); err != nil {
		c.load.ledger.fault(broken, "after round %d: %v", c.rounds, err)
	}
}

// finish starts chatd once more, reads everything, and reports. Without faults
// so far, what is pending is repeated first.
func (c *campaign) finish(ctx context.Context, columns ...column) error {
	c.progress.Show("reading everything")
	extra, err := c.readEverything(ctx)
	if ctx.Err() != nil {
		return err
	}
	ledger := c.load.ledger
	if err != nil {
		ledger.fault(broken, "at the end: %v", err)
	}
	if sign := c.crash(); sign != "" {
		ledger.fault(broken, "chatd logged: %s", sign)
	}
	c.progress.Clear()
	writeTable(c.out, append(append([]column{{"rounds", c.rounds}}, columns...),
		column{"acked", ledger.posts()}, column{"stored, not acked", extra}, column{"read by readers", c.load.read()},
		column{"slowest start", c.slowest.Round(time.Millisecond)}), &ledger.tally)
	return c.verdict()
}

func (c *campaign) readEverything(ctx context.Context) (extra int, err error) {
	d, err := c.scene.start(ctx, c.args...)
	if err != nil {
		return 0, err
	}
	defer d.Kill()
	c.slowest = max(c.slowest, d.startup)
	if !c.load.ledger.faulty() {
		c.load.settle(ctx, d.socket)
	}
	stored, err := readAll(ctx, d.socket, c.load.source.rooms)
	if err != nil {
		return 0, err
	}
	extra = c.load.ledger.audit(stored)
	if err := d.Stop(stopWithin); err != nil {
		return extra, err
	}
	c.check(ctx)
	return extra, nil
}

// verdict is what a run with these faults comes to.
func (c *campaign) verdict() error {
	tally := &c.load.ledger.tally
	switch {
	case c.expectLoss && tally.count[lost] == 0:
		c.printf("no acknowledged post was lost, and this run was to lose some\n")
		return errFaults
	case c.expectLoss:
		c.printf("acknowledged posts were lost, as was to be expected\n")
		return nil
	case tally.any():
		return errFaults
	}
	return nil
}

// round runs chatd under load for a while, and kills it.
func (c *campaign) round(ctx context.Context) error {
	d := c.start(ctx)
	if d == nil {
		return ctx.Err()
	}
	shift := c.load.begin(ctx, d.socket)
	sleep(ctx, between(c.moments, 50*time.Millisecond, 400*time.Millisecond))
	shift.end(d)
	c.progress.Show("round %d of %d: %d posts acknowledged", c.rounds, c.scene.rounds, c.load.ledger.posts())
	return ctx.Err()
}
