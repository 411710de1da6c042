package main

import (
	"context"
	"errors"
	"fmt"
	"math"
	"os"
	"slices"
	"strings"
	"time"

	"linechat/scripts/harness"
)

// An event is what happens to the machines of a chat.
type event struct {
	name, what string
	happen     func(ctx context.Context, c *cluster, n int) error // for the nth time, from 0; it ends when the cause is gone
	crowded    bool                                               // many people are there
	forgetful  bool                                               // their disks forget what was not synced
	clocks     bool                                               // their clocks are hours apart
	networked  bool                                               // the programs are in a network of their own
}

// clusterMode is the name of the mode that takes names of events.
const clusterMode = "cluster"

// events are in the order in which they happen where none is named.
var events = []event{
	{name: "leader", what: "kill -9 of the nats-server that leads the log, which is started again within two seconds", happen: killLeader},
	{name: "outage", what: "kill -9 of all nats-servers, which are started again after one second, or after ten", happen: killServers},
	{name: "chatd", what: "kill -9 of a chatd, which is started again at once, or after the others have taken it for gone", happen: killChatd},
	{name: "stop-nats", what: "stop the nats-server that leads, or another, for --stopped", happen: stopNATS},
	{name: "stop-chatd", what: "stop a chatd for --stopped", happen: stopChatd},
	{name: "stall", what: "stop a chatd, or the nats-server that leads, for up to three seconds: nobody is taken for gone", happen: stall},
	{name: "power", what: "cut the power of all nats-servers and chatds at once", happen: cutPower, forgetful: true},
	{name: "clock", what: "kill the nats-server that leads, so that the next one's clock counts, which is hours ahead or behind", happen: killLeader, clocks: true},
	{name: "partition-pair", what: "part two nats-servers for --stopped", happen: partition(partPair).happen, networked: true},
	{name: "partition-chatd", what: "part a chatd from the nats-servers for --stopped", happen: partition(partChatd).happen, networked: true},
	{name: "partition-nats", what: "part the nats-server that leads, or another, from the others for --stopped", happen: partition(partNATS).happen, networked: true},
	{name: "partition-machine", what: "part that and the chatd beside it from all others for --stopped", happen: partition(partMachine).happen, networked: true},
	{name: "partition-one-way", what: "have that hear the others, and not be heard, for --stopped", happen: partition(partOneWay).happen, networked: true},
	{name: "restart", what: "restart every chatd and every nats-server, one after the other, as for an upgrade (--upgrade)", happen: restart},
	{name: "copy", what: "have a machine join that has no data: at first it replays the log, then it takes another's copy", happen: joinEmpty},
	{name: "history", what: "kill the nats-server that leads, then a chatd, and check that one order explains what others were answered", happen: checkHistory},
	{name: "crowd", what: "kill -9 of the chatd at which --sessions people are, who all go to the next one", happen: moveCrowd, crowded: true},
}

// chosenEvents returns the events that were named, or all. The first word of a name is that of
// all events which begin with it.
func (o *options) chosenEvents() (chosen []event, err error) {
	if len(o.events) == 0 {
		return events, nil
	}
	for _, name := range o.events {
		found := len(chosen)
		for _, e := range events {
			if e.name == name || strings.HasPrefix(e.name, name+"-") {
				chosen = append(chosen, e)
			}
		}
		if len(chosen) == found {
			return nil, fmt.Errorf("there is no event %s", name)
		}
	}
	return chosen, nil
}

// leading returns the nats-server that leads the log, once there is one.
func (c *cluster) leading(ctx context.Context) (leader *natsServer, err error) {
	err = until(ctx, natsWithin, func() error {
		for _, s := range c.nats {
			name, err := s.leader(ctx)
			if err != nil {
				return err
			}
			if name == s.name {
				leader = s
				return nil
			}
		}
		return errors.New("no nats-server leads the log")
	})
	return leader, err
}

func killLeader(ctx context.Context, c *cluster, n int) error {
	s, err := c.leading(ctx)
	if err != nil {
		return err
	}
	s.Kill()
	sleep(ctx, between(c.moments, 0, 2*time.Second))
	if err := s.start(); err != nil {
		return err
	}
	return s.well(ctx)
}

func killServers(ctx context.Context, c *cluster, n int) error {
	for _, s := range c.nats {
		s.Kill()
	}
	sleep(ctx, time.Second)
	if n%2 == 1 {
		sleep(ctx, goneAfter)
	}
	return c.startServers(ctx)
}

// anyHost returns a machine that is going to be broken.
func (c *cluster) anyHost() *host {
	h := c.hosts[c.moments.IntN(len(c.hosts))]
	h.broken.Store(true)
	return h
}

// goneAfter is by when the other machines have taken one for gone that says nothing.
const goneAfter = 9 * time.Second

func killChatd(ctx context.Context, c *cluster, n int) error {
	h := c.anyHost()
	h.Kill()
	if n%2 == 1 {
		sleep(ctx, goneAfter)
	}
	return h.start(ctx, c.chatd)
}

func stopNATS(ctx context.Context, c *cluster, n int) error {
	s, err := c.leading(ctx)
	if err != nil {
		return err
	}
	if n%2 == 1 {
		i := slices.Index(c.nats, s)
		s = c.nats[(i+1+c.moments.IntN(len(c.nats)-1))%len(c.nats)]
	}
	if err := suspend(ctx, s.Process, c.stopped); err != nil {
		return err
	}
	return s.well(ctx)
}

func stopChatd(ctx context.Context, c *cluster, _ int) error {
	return suspend(ctx, c.anyHost().Process, c.stopped)
}

// stall has a record of a machine be decided while the machine, or who tells it, stands still:
// the record is published again.
func stall(ctx context.Context, c *cluster, n int) error {
	p := c.anyHost().Process
	if n%4 == 3 {
		s, err := c.leading(ctx)
		if err != nil {
			return err
		}
		p = s.Process
	}
	return suspend(ctx, p, between(c.moments, 600*time.Millisecond, 3*time.Second))
}

// suspend stops a process for a while.
func suspend(ctx context.Context, p *harness.Process, d time.Duration) error {
	if err := p.Suspend(); err != nil {
		return err
	}
	sleep(ctx, d)
	return p.Resume()
}

// restart restarts every program as it is done for an upgrade.
func restart(ctx context.Context, c *cluster, _ int) error {
	for _, h := range c.hosts {
		h.broken.Store(true) // but no two at a time, and none for long
		if err := h.Stop(stopWithin); err != nil {
			return err
		}
		if err := h.start(ctx, c.upgrade); err != nil {
			return err
		}
	}
	for _, s := range c.nats {
		if err := errors.Join(s.retire(ctx), s.start()); err != nil {
			return err
		}
		if err := s.well(ctx); err != nil {
			return err
		}
	}
	return nil
}

// joinEmpty has a machine join that has no data. From the second time on the log does not go
// back to its beginning.
func joinEmpty(ctx context.Context, c *cluster, n int) (err error) {
	if n == 0 {
		c.joined, err = newHost(c.dir, machines+1, c.hostArgs())
	} else {
		err = errors.Join(c.joined.Stop(stopWithin), os.RemoveAll(c.joined.data()))
	}
	if n == 1 { // only now: copies are kept for others that join, and chatd purges what is far older than they
		err = errors.Join(err, c.purge(ctx))
	}
	if err != nil {
		return err
	}
	return c.joined.start(ctx, c.chatd)
}

// purge deletes that part of the log which every machine has.
func (c *cluster) purge(ctx context.Context) error {
	first := uint64(math.MaxUint64)
	for _, h := range c.hosts {
		p, err := h.position(ctx)
		if err != nil {
			return err
		}
		first = min(first, p.applied)
	}
	return c.nats[0].purge(ctx, first)
}

// moveCrowd kills the chatd where the crowd is.
func moveCrowd(ctx context.Context, c *cluster, _ int) error {
	from := c.crowdAt.Load()
	h := c.hosts[from]
	h.broken.Store(true)
	c.arrived.Store(0)
	c.crowdAt.Store((from + 1) % machines)
	h.Kill()
	began := time.Now()
	if err := c.gathered(ctx); err != nil {
		return err
	}
	c.now.moving = time.Since(began)
	return h.start(ctx, c.chatd)
}

// gathered waits until all of the crowd have caught up where they are.
func (c *cluster) gathered(ctx context.Context) error {
	return until(ctx, recoverWithin, func() error {
		if n := int(c.arrived.Load()); n < len(c.crowd) {
			return fmt.Errorf("%d of %d people are there", n, len(c.crowd))
		}
		return nil
	})
}
