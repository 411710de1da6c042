package main

import (
	"context"
	"fmt"
	"sync/atomic"
	"time"
)

// posts is the table of acknowledged posts: a closed loop of posters, each with
// a connection of its own and one post under way.
type posts struct{ perRoom int }

func postsTable(o *options) table {
	p := &posts{o.postersPerRoom}
	return &comparison{
		title: fmt.Sprintf("posts: %d-byte posts acknowledged after fsync, one under way for each poster, %d posters to a room; medians, %d rounds of %v s",
			bodySize, o.postersPerRoom, o.rounds, o.seconds),
		load:    "posters",
		loads:   o.posters,
		columns: []column{{"posts/s", "%.0f"}, {"p50 ms", "%.3f"}, {"p99 ms", "%.3f"}, {"CPU s/1000 posts", "%.4f"}},
		keep:    onDisk,
		span:    spanOf(seconds(o.seconds)),
		measure: p.measure,
	}
}

// A worker is a poster at work.
type worker struct {
	poster
	room    string
	acked   atomic.Uint64
	latency histogram // of the posts acknowledged in the measured span
	numbers []uint64  // of all that were acknowledged
}

// numbersAtFirst is how many numbers a worker has room for before it has to
// ask for more.
const numbersAtFirst = 1 << 14

func (p *posts) measure(ctx context.Context, r *round) ([]float64, error) {
	workers, err := p.hire(ctx, r.server, r.load)
	if err != nil {
		return nil, err
	}
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
		return nil, err
	}
	if err := checkRooms(workers); err != nil {
		return nil, err
	}
	var latency histogram
	for _, w := range workers {
		latency.merge(&w.latency)
	}
	return []float64{got.perSecond(), milliseconds(latency.quantile(0.5)), milliseconds(latency.quantile(0.99)), got.cpuPer(1000)}, nil
}

// hire makes the rooms and connects the posters, who take turns with them.
func (p *posts) hire(ctx context.Context, srv *server, posters int) ([]*worker, error) {
	rooms := p.rooms(posters)
	workers := make([]*worker, posters)
	for i := range workers {
		c, err := srv.dial(ctx)
		if err != nil {
			return nil, err
		}
		if i == 0 {
			if err := srv.makeRooms(c, onDisk, rooms...); err != nil {
				return nil, err
			}
		}
		w := &worker{room: rooms[i%len(rooms)], numbers: make([]uint64, 0, numbersAtFirst)}
		if w.poster, err = srv.newPoster(c, w.room, newBody()); err != nil {
			return nil, err
		}
		workers[i] = w
	}
	return workers, nil
}

// rooms returns the names of the rooms that so many posters have.
func (p *posts) rooms(posters int) (names []string) {
	for n := 0; n < posters; n += p.perRoom {
		names = append(names, fmt.Sprintf("room%d", len(names)))
	}
	return names
}

// work posts until the round is over.
func (w *worker) work(r *round) error {
	for began := time.Now(); !r.over(); {
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
	return nil
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
