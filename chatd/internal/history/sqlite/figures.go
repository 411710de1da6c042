package sqlite

import (
	"fmt"

	"linechat/chatd/internal/history"
)

// Figures say how a Store is doing.
type Figures struct {
	Free, MinFree int64 // bytes of the disk; both 0: the system does not say
	Used          int64 // bytes of the files in use; 0 where MaxStore is
	MaxStore      int64 // 0: there is no limit
	Waiting       int   // requests, each with the posts of a room, that the committer has not begun
	IndexLag      int64 // posts that are committed, and not in the index yet
}

// Figures returns how the store is doing. Any goroutine may call it.
func (s *Store) Figures() Figures {
	f := Figures{Used: s.quota.used.Load(), MaxStore: s.quota.max, Waiting: s.queue.len(), IndexLag: s.index.lag()}
	f.Free, f.MinFree = s.space()
	return f
}

// Ready returns why nothing new can be stored at the moment, or nil. history.ErrFailed,
// history.ErrFull. Any goroutine may call it.
func (s *Store) Ready() error {
	switch {
	case s.unhealthy.Load():
		return fmt.Errorf("%w: it cannot be written", history.ErrFailed)
	case s.full():
		return history.ErrFull
	}
	return nil
}

func (q *queue) len() int {
	q.mu.Lock()
	defer q.mu.Unlock()
	return len(q.waiting)
}

// lag returns how many posts the index is behind.
func (ix *index) lag() int64 {
	newest := ix.newest.Load()
	return max(0, newest-ix.upto.Load()) // before the first commit the newest is not known
}
