package main

import (
	"context"
	"fmt"
	"sync/atomic"
	"time"
)

// posts measures posts that are acknowledged after fsync. Each poster has a
// connection, and one post under way.
type posts struct{ perRoom int }

func newPosts(o *options) *benchmark {
	p := &posts{o.postersPerRoom}
	return &benchmark{
		name: "Posts", load: "posters", loads: o.posters,
		durability: onDisk,
		span:       spanOf(seconds(o.seconds)),
		round:      p.round,
	}
}

// A worker is a poster and what it measures.
type worker struct {
	poster
	room    string
	machine int      // that it is connected to
	witness *witness // of the room; nil: there is none
	near    bool     // and on the same machine
	acked   atomic.Uint64
	latency histogram // of the posts acknowledged while the round is measured
	numbers []uint64  // of all acknowledged posts
}

// numbersAtFirst is how many numbers a worker can keep before it must allocate.
const numbersAtFirst = 1 << 14

func (p *posts) round(ctx context.Context, r *round) (uint64, []value, error) {
	workers, err := p.connect(ctx, r.server, r.load)
	if err != nil {
		return 0, nil, err
	}
	return measurePosts(ctx, r, workers)
}

// measurePosts has the workers post.
func measurePosts(ctx context.Context, r *round, workers []*worker) (uint64, []value, error) {
	for _, w := range workers {
		r.begin(func() error { return w.work(r) })
	}
	got, err := r.run(ctx, func() (acked uint64) {
		for _, w := range workers {
			acked += w.acked.Load()
		}
		return acked
	})
	if err != nil {
		return 0, nil, err
	}
	var latency histogram
	for _, w := range workers {
		latency.merge(&w.latency)
	}
	return got.count, []value{
		{got.perSecond(), "posts/s"}, {latency.ns(0.5), "p50-ns"}, {latency.ns(0.99), "p99-ns"}, {got.cpuEach(), "cpu-ns/post"},
	}, checkRooms(workers)
}

// connect creates the rooms and connects the posters, which are spread over them.
func (p *posts) connect(ctx context.Context, srv *server, posters int) ([]*worker, error) {
	rooms := p.rooms(posters)
	workers := make([]*worker, posters)
	for i := range workers {
		c, err := srv.dial(ctx, i)
		if err != nil {
			return nil, err
		}
		if i == 0 {
			if err := srv.makeRooms(c, onDisk, rooms...); err != nil {
				return nil, err
			}
		}
		w := &worker{room: rooms[i%len(rooms)], machine: i % len(srv.addresses), numbers: make([]uint64, 0, numbersAtFirst)}
		if err := srv.awaitRoom(c, w.room); err != nil {
			return nil, err
		}
		if w.poster, err = srv.newPoster(c, w.room, newBody()); err != nil {
			return nil, err
		}
		workers[i] = w
	}
	return workers, nil
}

// rooms returns the names of the rooms for a number of posters.
func (p *posts) rooms(posters int) (names []string) {
	for n := 0; n < posters; n += p.perRoom {
		names = append(names, fmt.Sprintf("room%d", len(names)))
	}
	return names
}

// work posts until the round is over.
func (w *worker) work(r *round) error {
	for began := time.Now(); !r.over(); {
		w.stamp(began)
		number, err := w.post()
		if err != nil {
			return err
		}
		now := time.Now()
		if r.measures() {
			w.latency.add(now.Sub(began))
		}
		began = now
		w.numbers = append(w.numbers, number)
		w.acked.Add(1)
	}
	return w.finish()
}

// stamp notes in the next post when it is sent.
func (w *worker) stamp(now time.Time) {
	switch {
	case w.witness == nil:
	case w.near:
		setBody(w.body(), markNear, uint64(now.Sub(w.witness.began)))
	default:
		setBody(w.body(), markPost, uint64(now.Sub(w.witness.began)))
	}
}

// finish tells the witness how many posts there are, after the last of the room.
func (w *worker) finish() error {
	if w.witness == nil {
		return nil
	}
	posts := w.witness.acked.Add(w.acked.Load())
	if w.witness.posters.Add(-1) > 0 {
		return nil
	}
	setBody(w.body(), markLast, posts)
	number, err := w.post()
	w.numbers = append(w.numbers, number)
	return err
}

// checkRooms checks the numbers that were given in each room.
func checkRooms(workers []*worker) error {
	rooms := make(map[string][][]uint64)
	for _, w := range workers {
		rooms[w.room] = append(rooms[w.room], w.numbers)
	}
	for name, numbers := range rooms {
		if err := checkNumbers(numbers); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	return nil
}
