package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// Of what a chat on several machines consists, beside the crowd.
const (
	machines      = 3
	roamers       = 2 // readers that go from machine to machine
	calmFor       = time.Second
	recoverWithin = 60 * time.Second // after what happens has passed
	inCrowdedRoom = 20
	natsMaxBytes  = "2GB"
)

// A cluster is a chat on several machines, with its load. Beside each chatd there is a reader of
// every room, which goes nowhere else; posters and the other readers go from machine to machine.
type cluster struct {
	*workspace
	event   event
	network *network   // nil: this program's own
	disks   []*machine // whose power can be cut; nil: there are none
	dir     string
	nats    []*natsServer
	hosts   []*host
	load    *load
	moments *rand.Rand

	joined  *host        // a further one, where nobody is; nil: there is none
	crowd   []*reader    // who are at one machine, all of them
	crowdAt atomic.Int64 // which
	arrived atomic.Int64 // how many of them have been there since they had to move

	posting sync.RWMutex // held to read while a poster posts, and to write where nobody may
	leave   context.CancelFunc
	working sync.WaitGroup // clients, which leave has end

	now    pauses   // of the event under way
	pauses []pauses // of those before
}

// runCluster has each of the named events happen, or all. Each has a fresh cluster.
func runCluster(ctx context.Context, w *workspace) error {
	program, err := exec.LookPath(w.natsServer)
	if err != nil {
		return skipped{"there is no " + w.natsServer + ": scripts/cluster nats-server installs one (--nats-server names it)"}
	}
	if err := w.build(ctx); err != nil {
		return err
	}
	if w.upgrade == "" {
		w.upgrade = w.chatd
	}
	events, err := w.chosenEvents()
	if err != nil {
		return err
	}
	var faults error
	for _, e := range events {
		c, err := newCluster(w, program, e)
		if err == nil {
			err = c.run(ctx)
		}
		if err != nil && !errors.Is(err, errFaults) {
			return fmt.Errorf("%s: %w", e.name, err)
		}
		faults = cmp.Or(faults, err)
	}
	return faults
}

func newCluster(w *workspace, program string, e event) (c *cluster, err error) {
	o := *w.options
	o.readers = machines + roamers
	if e.crowded {
		o.rooms = max(o.rooms, o.sessions/inCrowdedRoom)
	}
	own := *w
	own.options = &o
	c = &cluster{workspace: &own, event: e, dir: w.path("cluster-" + e.name), load: newLoad(&own), moments: w.random(forMoments)}
	c.people()
	if err := os.Mkdir(c.dir, 0o700); err != nil {
		return nil, err
	}
	if err := c.place(program); err != nil {
		return nil, errors.Join(err, c.remove())
	}
	return c, nil
}

// place says where the programs run.
func (c *cluster) place(program string) error {
	nodes, err := c.nodes(2 * machines)
	if err != nil {
		return err
	}
	if c.nats, err = newNATSServers(program, c.dir, c.natsSync, nodes[:machines]); err != nil {
		return err
	}
	for n := range machines {
		h, err := newHost(c.dir, n+1, c.hostArgs())
		if err != nil {
			return err
		}
		h.at = nodes[machines+n]
		c.hosts = append(c.hosts, h)
	}
	if c.event.forgetful {
		return c.mountDisks()
	}
	return nil
}

// nodes returns so many nodes of a network, if the event is one of networks, or else nil ones.
func (c *cluster) nodes(count int) (nodes []*node, err error) {
	if !c.event.networked {
		return make([]*node, count), nil
	}
	if c.network, err = newNetwork(); err != nil {
		return nil, err
	}
	for range count {
		added, err := c.network.add()
		if err != nil {
			return nil, err
		}
		nodes = append(nodes, added)
	}
	return nodes, nil
}

// remove removes what is not a file, once no program runs.
func (c *cluster) remove() (err error) {
	if c.network != nil {
		err = c.network.remove()
	}
	for _, d := range c.disks {
		err = errors.Join(err, d.unmount())
	}
	return err
}

// people has clients go from machine to machine, and adds the crowd. One of four posters, and
// the readers who go nowhere, do not give up a machine that does not answer.
func (c *cluster) people() {
	c.load.ledger.anywhere, c.load.patience = true, silence
	for _, r := range c.load.readers[:machines] {
		r.stays = true
	}
	for n, p := range c.load.posters {
		p.stays = n%4 == 3
	}
	if !c.event.crowded {
		return
	}
	for n := range c.sessions {
		r := c.load.addReader(n % c.options.rooms)
		r.from = talkersAddress(n % c.options.rooms)
		c.crowd = append(c.crowd, r)
	}
}

// hostArgs returns the flags that say where the log is.
func (c *cluster) hostArgs() []string {
	args := []string{"--nats-max-bytes", natsMaxBytes}
	for _, s := range c.nats {
		args = append(args, "--nats", "nats://"+s.listen)
		if c.natsSync == "always" { // chatd refuses another, where it sees it
			args = append(args, "--nats-monitor", "http://"+s.monitoring)
		}
	}
	return args
}

// all returns every machine there is.
func (c *cluster) all() []*host {
	if c.joined == nil {
		return c.hosts
	}
	return append(slices.Clip(c.hosts), c.joined)
}

// run has the event happen again and again, and reports.
func (c *cluster) run(ctx context.Context) (err error) {
	defer func() { err = errors.Join(err, c.remove()) }()
	defer c.kill()
	if c.event.clocks {
		if err := c.shiftClocks(ctx); err != nil {
			return err
		}
	}
	if err := c.start(ctx); err != nil {
		return err
	}
	c.begin(ctx)
	defer c.end()
	c.broken(ctx, c.gathered(ctx))
	for n := 0; n < c.rounds && !c.load.ledger.faulty(); n++ {
		c.broken(ctx, c.round(ctx, n))
		c.progress.Show("%s %d of %d: %d posts acknowledged", c.event.name, n+1, c.rounds, c.load.ledger.posts())
	}
	return c.finish(ctx)
}

// start starts all programs, and makes the rooms.
func (c *cluster) start(ctx context.Context) error {
	c.progress.Show("%s: starting", c.event.name)
	if err := c.startServers(ctx); err != nil {
		return err
	}
	for _, h := range c.hosts {
		if err := h.start(ctx, c.chatd); err != nil {
			return err
		}
	}
	return c.load.createRooms(ctx, c.hosts[0].socket())
}

// startServers starts all nats-servers.
func (c *cluster) startServers(ctx context.Context) error {
	for _, s := range c.nats {
		if err := s.start(); err != nil {
			return err
		}
	}
	for _, s := range c.nats {
		if err := s.well(ctx); err != nil {
			return err
		}
	}
	return nil
}

// kill kills all programs.
func (c *cluster) kill() {
	for _, h := range c.all() {
		h.Kill()
	}
	for _, s := range c.nats {
		if s.Process != nil {
			s.Kill()
		}
	}
}

// round has the event happen once, and waits until all is as before.
func (c *cluster) round(ctx context.Context, n int) error {
	c.load.enter(healthy)
	sleep(ctx, calmFor)
	c.load.enter(recovering)
	c.watch()
	if err := c.event.happen(ctx, c, n); err != nil {
		return err
	}
	if err := c.recover(ctx); err != nil {
		return err
	}
	c.note()
	return c.compare(ctx)
}

// broken notes what is wrong, unless the test was interrupted.
func (c *cluster) broken(ctx context.Context, err error) {
	if err != nil && ctx.Err() == nil {
		c.load.ledger.fault(broken, "%s %d: %v", c.event.name, len(c.pauses)+1, err)
	}
}

// finish reads everything at every machine, compares their files, and reports.
func (c *cluster) finish(ctx context.Context) error {
	c.progress.Show("%s: reading everything", c.event.name)
	_ = until(ctx, recoverWithin, c.allRead) // where something is missing after that, the audit says what
	c.end()
	extra := 0
	for _, h := range c.all() {
		stored, err := readAll(ctx, h.socket(), c.load.source.rooms)
		c.broken(ctx, err)
		if err == nil {
			extra = c.load.ledger.audit(stored)
			c.load.checkAccounts(ctx, h.socket())
		}
	}
	c.broken(ctx, c.stop())
	c.broken(ctx, c.checkFiles(ctx))
	if ctx.Err() != nil {
		return ctx.Err()
	}
	c.progress.Clear()
	writeTable(c.out, append(c.columns(), column{"acked", c.load.ledger.posts()}, column{"stored, not acked", extra}, column{"account changes", c.load.changes()}, column{"read by readers", c.load.read()}), &c.load.ledger.tally)
	return c.verdict(&c.load.ledger.tally)
}

// stop stops every chatd, and looks for signs that one has broken down.
func (c *cluster) stop() (err error) {
	for _, h := range c.all() {
		if stopErr := h.Stop(stopWithin); stopErr != nil {
			err = errors.Join(err, fmt.Errorf("stopping %s: %w", h.name, stopErr))
		}
		if sign := crash(h.log()); sign != "" {
			err = errors.Join(err, fmt.Errorf("%s logged: %s", h.name, sign))
		}
	}
	return err
}

// checkFiles has chatd check the files of each machine, and compare them with the first one's.
func (c *cluster) checkFiles(ctx context.Context) (err error) {
	for _, h := range c.all() {
		err = errors.Join(err, c.check(ctx, h.data()))
	}
	for _, h := range c.all()[1:] {
		err = errors.Join(err, c.check(ctx, c.hosts[0].data(), "--against", h.data()))
	}
	return err
}
