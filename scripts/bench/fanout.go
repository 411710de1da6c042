package main

import (
	"context"
	"fmt"
)

// fanout is the table of posts to one room with many members: one of them
// posts, and keeps as many posts under way as the load says, counted by what
// comes back to itself.
type fanout struct{ members int }

// fanoutRoom is what the room is called.
const fanoutRoom = "fanout"

func fanoutTable(o *options) table {
	f := &fanout{o.members}
	return &comparison{
		title: fmt.Sprintf("fanout: %d-byte posts to a room of %d members, one of whom posts, nothing stored on disk; medians, %d rounds of %v s",
			bodySize, o.members, o.rounds, o.fanoutSeconds),
		load:    "under way",
		loads:   o.windows,
		columns: []column{{"deliveries/s", "%.0f"}, {"CPU s/million deliveries", "%.3f"}},
		keep:    inPassing,
		span:    spanOf(seconds(o.fanoutSeconds)),
		measure: f.measure,
	}
}

func (f *fanout) measure(ctx context.Context, r *round) ([]float64, error) {
	listeners, err := f.gather(ctx, r.server)
	if err != nil {
		return nil, err
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
		return nil, err
	}
	return []float64{got.perSecond(), got.cpuPer(1e6)}, lossOf(listeners)
}

// gather connects the members. The first is the one that posts.
func (f *fanout) gather(ctx context.Context, srv *server) ([]*listener, error) {
	listeners := make([]*listener, f.members)
	for i := range listeners {
		c, err := srv.dial(ctx)
		if err != nil {
			return nil, err
		}
		if i == 0 {
			if err := srv.makeRooms(c, inPassing, fanoutRoom); err != nil {
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

// lossOf is an error if posts did not come to all members.
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
