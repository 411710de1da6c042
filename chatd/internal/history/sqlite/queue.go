package sqlite

import (
	"fmt"
	"sync"

	"linechat/chatd/internal/history"
	"linechat/chatd/internal/history/sqlite/internal/db"
)

// The most that goes into one transaction.
const (
	batchPosts = 4096
	batchBytes = 1 << 20
)

// A request asks the committer to write posts, or to run change. It is answered once:
// after the commit, or when it has failed.
type request struct {
	fold  string
	posts []history.Post // an Append's

	change func(*db.Tx) error // of any other kind
	count  int                // posts that change stores

	first  uint64 // the number of posts[0]
	err    error
	answer func(first uint64, err error)
}

// A queue holds the requests that wait for the committer. It is bounded by those who
// wait for the answers: each room has one Append under way.
type queue struct {
	mu      sync.Mutex
	waiting []*request
	closed  bool
	arrived chan struct{} // holds a token when a request may be waiting
}

// add adds a request, or answers it when the committer has ended.
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
	signal(q.arrived)
}

var errClosed = fmt.Errorf("%w: it is closed", history.ErrFailed)

// close answers all requests with errClosed, now and later.
func (q *queue) close() {
	q.mu.Lock()
	left := q.waiting
	q.waiting, q.closed = nil, true
	q.mu.Unlock()
	for _, r := range left {
		r.answer(0, errClosed)
	}
}

// signal puts a token into c, which holds one, if it is empty.
func signal(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}

// take moves the requests of the next transaction from the queue to batch.
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
		signal(q.arrived)
	}
	return batch
}
