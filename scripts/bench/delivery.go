package main

import (
	"context"
	"fmt"
	"sync/atomic"
	"time"
)

// delivery measures posts as posts does, and how long it takes from a post to its delivery on
// another machine, or to another connection of a server that has one machine only. Each room
// has one member, which does not post.
type delivery struct{ posts }

func newDelivery(o *options) *benchmark {
	d := &delivery{posts{o.postersPerRoom}}
	return &benchmark{
		name: "Delivery", load: "posters", loads: o.posters,
		durability: delivered,
		span:       spanOf(seconds(o.seconds)),
		round:      d.round,
	}
}

// A witness is a member that notes when posts come. Their bodies say when they were sent,
// in nanoseconds since the round was made.
type witness struct {
	member
	room     string
	machine  int
	began    time.Time
	posters  atomic.Int32  // those that have not finished
	acked    atomic.Uint64 // what they have posted
	received uint64
	latency  histogram // of the posts that were sent on another machine while the round is measured
}

func (d *delivery) round(ctx context.Context, r *round) (uint64, []value, error) {
	workers, err := d.connect(ctx, r.server, r.load)
	if err != nil {
		return 0, nil, err
	}
	witnesses, err := d.witnesses(ctx, r, workers)
	if err != nil {
		return 0, nil, err
	}
	for _, w := range witnesses {
		r.begin(func() error { return w.watch(r) })
	}
	got, values, err := measurePosts(ctx, r, workers)
	if err != nil {
		return 0, nil, err
	}
	var latency histogram
	for _, w := range witnesses {
		latency.merge(&w.latency)
	}
	return got, append(values, value{latency.ns(0.5), "delivered-p50-ns"}, value{latency.ns(0.99), "delivered-p99-ns"}), nil
}

// witnesses connects one member of each room, on all machines in turn.
func (d *delivery) witnesses(ctx context.Context, r *round, workers []*worker) (all []*witness, err error) {
	began := time.Now()
	for i, room := range d.rooms(len(workers)) {
		w := &witness{room: room, machine: (i + len(r.addresses) - 1) % len(r.addresses), began: began}
		c, err := r.dial(ctx, w.machine)
		if err != nil {
			return nil, err
		}
		if err := r.awaitRoom(c, room); err != nil {
			return nil, err
		}
		if w.member, err = r.newMember(c, room); err != nil {
			return nil, err
		}
		all = append(all, w)
	}
	for i, p := range workers {
		p.witness = all[i%len(all)]
		p.near = len(r.addresses) > 1 && p.machine == p.witness.machine
		p.witness.posters.Add(1)
	}
	return all, nil
}

// watch receives everything up to the last post, and checks that nothing is missing and nothing
// comes twice.
func (w *witness) watch(r *round) error {
	for {
		body, err := w.next()
		if err != nil {
			return err
		}
		if body == nil {
			continue
		}
		mark, sent, ok := readBody(body)
		switch {
		case !ok:
			return fmt.Errorf("%s: read %q", w.room, body)
		case mark == markLast && sent != w.received:
			return fmt.Errorf("%s: %d of %d posts were delivered", w.room, w.received, sent)
		case mark == markLast:
			return nil
		case mark == markPost && r.measures():
			w.latency.add(time.Since(w.began) - time.Duration(sent))
		}
		w.received++
	}
}
