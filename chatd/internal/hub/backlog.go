package hub

import "sync/atomic"

// A backlog counts the rooms that have posts which nobody has taken up yet.
type backlog struct {
	rooms atomic.Int32
	taken atomic.Pointer[func()] // called when there is none any more; nil: nobody is told
}

func (b *backlog) add() { b.rooms.Add(1) }

func (b *backlog) remove() {
	if b.rooms.Add(-1) > 0 {
		return
	}
	if taken := b.taken.Load(); taken != nil {
		(*taken)()
	}
}

// PostsWait reports whether a room has posts that it has not taken from its inbox yet.
func (h *Hub) PostsWait() bool { return h.backlog.rooms.Load() > 0 }

// OnPostsTaken has taken called each time when PostsWait becomes false, by the goroutine that
// processes posts: it must not wait.
func (h *Hub) OnPostsTaken(taken func()) { h.backlog.taken.Store(&taken) }
