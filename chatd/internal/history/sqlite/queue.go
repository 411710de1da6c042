package sqlite

import (
	"fmt"
	"sync"

	"linechat/chatd/internal/history"
	"linechat/chatd/internal/history/sqlite/internal/db"
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

	change func(*db.Tx) error // of any other kind

	first  uint64 // the number of posts[0]
	err    error
	answer func(first uint64, err error)
}

// A queue is the requests that wait for the committer. Those who write wait for
// their answers, a room with one Append: that bounds it.
type queue struct {
	mu      sync.Mutex
	waiting []*request
	closed  bool
	arrived chan struct{} // holds a token when something may wait
}

// add has a request wait. It answers it when there is no committer any longer.
func (q *queue) add(r *request) {
	q.mu.Lock()
	closed := q.closed
	if !closed {
		q.waiting = append(q.waiting, r)
	}
	q.mu.Unlock()
	if closed {
		r.answer(0, errClosed)
		return
	}
	q.signal()
}

var errClosed = fmt.Errorf("%w: it is closed", history.ErrFailed)

// close answers what waits, and what comes.
func (q *queue) close() {
	q.mu.Lock()
	left := q.waiting
	q.waiting, q.closed = nil, true
	q.mu.Unlock()
	for _, r := range left {
		r.answer(0, errClosed)
	}
}

func (q *queue) signal() {
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
	if left > 0 {
		q.signal()
	}
	return batch
}
