package hub

import "time"

// A Meter is told what rooms do. Its methods are called where posts are on their way, from
// any goroutine: they must not wait.
type Meter interface {
	// PostsPublished: so many posts of one batch were published to so many members, and
	// answered unless they had been before, within that time since the room has learnt
	// that the store has them.
	PostsPublished(posts, members int, took time.Duration)
}

type noMeter struct{}

func (noMeter) PostsPublished(int, int, time.Duration) {}
