package main

import (
	"context"
	"math/rand/v2"
	"sync"
	"time"

	"linechat/scripts/harness"
)

// How clients behave. Posts are slow enough that chatd, the nats-servers and the test have
// the processors to share that a small machine has.
const (
	silence  = 7 * time.Second // after which a client gives up; an answer may take five
	askEvery = time.Second     // and how often one that reads asks whether anybody is there
	minPace  = 50 * time.Millisecond
	maxPace  = 150 * time.Millisecond // between two batches of a poster
	maxStay  = 100                    // batches that a poster posts before it goes elsewhere
	retryMin = 50 * time.Millisecond
	retryMax = 250 * time.Millisecond
)

// begin begins the load, which goes on until end.
func (c *cluster) begin(ctx context.Context) {
	ctx, c.leave = context.WithCancel(ctx)
	readers := c.load.readers
	for i := range c.hosts {
		c.attend(ctx, readers[i], func() *host { return c.hosts[i] }, func() {})
	}
	for _, r := range readers[len(c.hosts) : len(c.hosts)+roamers] {
		c.attend(ctx, r, c.route(forRoutes+uint64(r.number)), func() {})
	}
	for _, r := range c.crowd {
		c.attend(ctx, r, func() *host { return c.hosts[c.crowdAt.Load()] }, func() { c.arrived.Add(1) })
	}
	for _, h := range c.load.holders {
		c.client(ctx, h.name(), h.rng, c.route(forRoutes+1<<20+uint64(h.number)), func(ctx context.Context, at *host) error { return h.run(ctx, at.socket()) })
	}
	for _, p := range c.load.posters {
		next := c.route(forRoutes + uint64(len(c.load.readers)) + uint64(p.number))
		c.client(ctx, nickOf(p.number), p.rng, next, func(ctx context.Context, h *host) error { return p.visit(ctx, c, h.socket()) })
	}
}

// end ends the load.
func (c *cluster) end() {
	c.leave()
	c.working.Wait()
}

// route returns which machine to go to next: any but the last one.
func (c *cluster) route(purpose uint64) func() *host {
	rng, at := c.random(purpose), 0
	return func() *host {
		at = (at + 1 + rng.IntN(len(c.hosts)-1)) % len(c.hosts)
		return c.hosts[at]
	}
}

// client has a client be at one machine after another. While all is well no session may end
// with an error.
func (c *cluster) client(ctx context.Context, name string, rng *rand.Rand, next func() *host, session func(context.Context, *host) error) {
	c.working.Go(func() { // until end, which waits for it
		for ctx.Err() == nil {
			h, in := next(), c.load.period.Load()
			err := session(ctx, h)
			if err == nil || ctx.Err() != nil {
				continue
			}
			if in.disk == healthy && c.load.period.Load() == in {
				c.load.ledger.fault(broken, "%s: the session at %s ended: %v", name, h.name, err)
			}
			sleep(ctx, between(rng, retryMin, retryMax))
		}
	})
}

// attend has a reader be where next says.
func (c *cluster) attend(ctx context.Context, r *reader, next func() *host, caughtUp func()) {
	c.client(ctx, r.name(), c.random(forRetries+uint64(r.number)), next, func(ctx context.Context, h *host) error {
		if r.from != nil {
			return r.run(ctx, h.address, caughtUp)
		}
		return r.run(ctx, h.socket(), caughtUp)
	})
}

// visit posts at one machine for a while.
func (p *poster) visit(ctx context.Context, c *cluster, socket string) error {
	client, err := p.load.dialAs(ctx, socket, nickOf(p.number))
	if err != nil {
		return err
	}
	defer func() { _ = client.Close() }()
	if p.stays {
		client.Timeout = 0
	}
	for range 1 + p.rng.IntN(maxStay) {
		refusals, err := c.post(p, client)
		if err != nil {
			return err
		}
		if refusals > 0 && p.rng.IntN(2) == 0 {
			return nil
		}
		sleep(ctx, between(p.rng, minPace, maxPace))
	}
	return nil
}

// post has a poster post, where posters may.
func (c *cluster) post(p *poster, client *harness.Client) (refusals int, err error) {
	c.posting.RLock()
	defer c.posting.RUnlock()
	return p.send(client, p.batch())
}

// keepAsking sends PING again and again, so that c has something to read from a machine that
// works, until stop, or until the connection ends.
func keepAsking(ctx context.Context, c *harness.Client) (stop func()) {
	ctx, cancel := context.WithCancel(ctx)
	var asking sync.WaitGroup
	asking.Go(func() { // until stop, which waits for it
		for ctx.Err() == nil {
			sleep(ctx, askEvery)
			if _, err := c.Write([]byte("PING\n")); err != nil {
				return
			}
		}
	})
	return func() {
		cancel()
		_ = c.Close() // what is being written fails
		asking.Wait()
	}
}
