package main

import (
	"context"
	"fmt"
)

// fanout measures posts to one room with many members, of which nothing is stored on
// disk. One member posts, and keeps as many posts under way as the load says; a post
// is under way until it has come back to that member.
type fanout struct{ members int }

// fanoutRoom is the room's name.
const fanoutRoom = "fanout"

func newFanout(o *options) *benchmark {
	f := &fanout{o.members}
	return &benchmark{
		name: "Fanout", load: "window", loads: o.windows,
		durability: inMemory,
		span:       spanOf(seconds(o.fanoutSeconds)),
		round:      f.round,
	}
}

func (f *fanout) round(ctx context.Context, r *round) (uint64, []value, error) {
	listeners, err := f.connect(ctx, r.server)
	if err != nil {
		return 0, nil, err
	}
	for _, l := range listeners[1:] {
		r.begin(l.listen)
	}
	r.begin(func() error { return listeners[0].publish(r) })
	got, err := r.run(ctx, func() (received uint64) {
		for _, l := range listeners {
			received += l.received.Load()
		}
		return received
	})
	if err != nil {
		return 0, nil, err
	}
	return got.count, []value{{got.perSecond(), "deliveries/s"}, {got.cpuEach(), "cpu-ns/delivery"}}, lossOf(listeners)
}

// connect connects the members. The first is the one that posts.
func (f *fanout) connect(ctx context.Context, srv *server) ([]*listener, error) {
	listeners := make([]*listener, f.members)
	for i := range listeners {
		c, err := srv.dial(ctx, 0)
		if err != nil {
			return nil, err
		}
		if i == 0 {
			if err := srv.makeRooms(c, inMemory, fanoutRoom); err != nil {
				return nil, err
			}
		}
		m, err := srv.newMember(c, fanoutRoom)
		if err != nil {
			return nil, err
		}
		listeners[i] = &listener{member: m}
	}
	return listeners, nil
}

// lossOf returns an error if members did not receive every post.
func lossOf(listeners []*listener) error {
	var lost, received uint64
	members := 0
	for _, l := range listeners {
		received += l.received.Load()
		if lost += l.lost; l.lost > 0 {
			members++
		}
	}
	if lost == 0 {
		return nil
	}
	return fmt.Errorf("%d of %d deliveries were lost, to %d members", lost, lost+received, members)
}
