package client

import (
	"context"
	"sync"
)

// limits are how many bytes may be kept for the program.
type limits struct {
	soft  int // of events, until no more is read from the server
	hard  int // of events, until the requests fail that have it read on
	reply int // of one reply
}

var defaultLimits = limits{soft: 1 << 20, hard: 64 << 20, reply: 64 << 20}

// eventSize is how many bytes an event takes, roughly, with its place in the queue.
const eventSize = 200

// An eventQueue holds the events that were not taken yet, in order. The client's
// mutex guards it, and is held in each of its methods but deliver and next.
type eventQueue struct {
	changed  sync.Cond // its L is the mutex
	limits   limits
	queue    []Event
	size     int  // of the events, in bytes
	awaited  int  // requests that wait for their answers
	finished bool // no event is added any more
}

// push adds an event.
func (q *eventQueue) push(e Event) {
	if q.finished {
		return
	}
	q.merge(e)
	q.queue = append(q.queue, e)
	q.size += eventSize + e.size()
	q.changed.Broadcast()
}

// merge drops what e makes old: of a connection that is tried in vain one
// StateChange to Lost is enough.
func (q *eventQueue) merge(e Event) {
	change, ok := e.(StateChange)
	n := len(q.queue)
	if !ok || change.To.State != Lost || n < 2 {
		return
	}
	tried, ok1 := q.queue[n-1].(StateChange)
	lost, ok2 := q.queue[n-2].(StateChange)
	if ok1 && ok2 && tried.From.State == Lost && lost.From.State == Connecting && lost.To.State == Lost {
		q.size -= 2*eventSize + tried.size() + lost.size()
		q.queue = q.queue[:n-2]
	}
}

// await counts the requests that wait.
func (q *eventQueue) await(change int) {
	q.awaited += change
	q.changed.Broadcast()
}

// throttle waits until more may be read from the server, or ctx ends, whose end
// must be followed by a broadcast. It reports whether so much waits that the
// requests have to fail.
func (q *eventQueue) throttle(ctx context.Context) (overflow bool) {
	for {
		switch {
		case q.size < q.limits.soft || ctx.Err() != nil:
			return false
		case q.awaited > 0:
			return q.size >= q.limits.hard
		}
		q.changed.Wait()
	}
}

// clear drops what waits.
func (q *eventQueue) clear() { q.queue, q.size = nil, 0 }

// finish ends the queue: no event is added, and those that it has can be taken.
func (q *eventQueue) finish() {
	q.finished = true
	q.changed.Broadcast()
}

// deliver sends the events to out until there will be none, or ctx ends, and closes it.
func (q *eventQueue) deliver(ctx context.Context, out chan<- Event) {
	defer close(out)
	for {
		e := q.next()
		if e == nil {
			return
		}
		select {
		case out <- e:
		case <-ctx.Done():
			return
		}
	}
}

// next waits for the first event, and takes it; nil: there will be none.
func (q *eventQueue) next() Event {
	q.changed.L.Lock()
	defer q.changed.L.Unlock()
	for len(q.queue) == 0 {
		if q.finished {
			return nil
		}
		q.changed.Wait()
	}
	e := q.queue[0]
	q.queue[0] = nil
	q.queue = q.queue[1:]
	q.size -= eventSize + e.size()
	q.changed.Broadcast()
	return e
}
