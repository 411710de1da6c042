package sqlite

import (
	"sync"

	"linechat/chatd/internal/history"
)

// How much goes into one transaction, at most.
const (
	batchPosts = 4096
	batchBytes = 1 << 20
)

// A request is something to be written: posts, or what change does. It is
// answered once, when it is certain, or certain that it is not.
type request struct {
	fold  string
	posts []history.Post // an Append's

	change func(*tx) error // of any other kind

	first  uint64 // the number of posts[0]
	err    error
	answer func(first uint64, err error)
}

// A queue is the requests that wait for the committer. Those who write wait for
// their answers, a room with one Append: that bounds it.
type queue struct {
	mu      sync.Mutex
	waiting []*request
	arrived chan struct{} // holds a token when something may wait
}

func (q *queue) add(r *request) {
	q.mu.Lock()
	q.waiting = append(q.waiting, r)
	q.mu.Unlock()
	select {
	case q.arrived <- struct{}{}:
	default:
	}
}

// take moves the requests of the next transaction to batch.
func (q *queue) take(batch []*request) []*request {
	q.mu.Lock()
	defer q.mu.Unlock()
	n, posts, size := 0, 0, 0
	for n < len(q.waiting) && (n == 0 || posts < batchPosts && size < batchBytes) {
		r := q.waiting[n]
		posts += len(r.posts)
		for i := range r.posts {
			size += r.posts[i].Size()
		}
		n++
	}
	batch = append(batch, q.waiting[:n]...)
	left := copy(q.waiting, q.waiting[n:])
	clear(q.waiting[left:])
	q.waiting = q.waiting[:left]
	return batch
}
