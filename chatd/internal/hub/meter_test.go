package hub

import (
	"testing"
	"time"
)

// A tally is a Meter that adds up what it is told.
type tally struct{ batches, posts, deliveries int }

func (c *tally) PostsPublished(posts, members int, _ time.Duration) {
	c.batches++
	c.posts += posts
	c.deliveries += posts * members
}

// countedRoom returns a room with alice in it, and what its hub's Meter is told.
func countedRoom(t *testing.T) (*Room, *tally) {
	t.Helper()
	config, counted := usual, &tally{}
	config.Meter = counted
	h, _ := newHub(t, config, ample)
	r := open(t, h, "go")
	join(t, r, 1, "alice", 0)
	return r, counted
}

// Posts that one batch publishes are counted once, with the members of their room.
func TestMeter(t *testing.T) {
	r, counted := countedRoom(t)
	join(t, r, 2, "bob", 0)
	for _, text := range []string{"one", "two", "three"} {
		r.TryPost(&compose("bob", "", text).Post)
	}
	r.TryProcess()
	if *counted != (tally{batches: 1, posts: 3, deliveries: 6}) {
		t.Errorf("%+v was counted", *counted)
	}
}

// A member that leaves as soon as its post is answered was sent the post.
func TestMeterCountsWhomPostsWerePublishedTo(t *testing.T) {
	r, counted := countedRoom(t)
	bob := join(t, r, 2, "bob", 0)
	p := compose("bob", "", "good-bye")
	p.Owner = poster{func() {}, func() { bob.Leave(nil, "") }}
	r.TryPost(&p.Post)
	r.TryProcess()
	if *counted != (tally{batches: 1, posts: 1, deliveries: 2}) {
		t.Errorf("%+v was counted", *counted)
	}
}
