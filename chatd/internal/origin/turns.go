package origin

import (
	"container/list"
	"context"
	"maps"
	"sync"
	"sync/atomic"
	"time"
)

// patience is how long a read lets posts go before it, from when it asks for its turn.
const patience = 20 * time.Millisecond

// A Backlog knows whether there are posts that nobody has taken up yet. Any goroutine may
// call it, and the call must not wait.
type Backlog interface{ PostsWait() bool }

// A Turns has a number of places for reads, which the origins that wait for one are given in
// turn, and those who wait of one origin in the order in which they have come. Turns are as long
// as they are: the next one is that of the origin that has had a place for the shortest time, so
// that one with short reads does not wait for as many long ones of others. Origins with the same
// topmost parent have their turns together: else whoever has many had as many turns. While posts
// wait to be taken up, places stay free, until a read has waited for 20 ms. Its methods may be
// called from any goroutine.
type Turns struct {
	backlog Backlog
	places  int
	waiting atomic.Int32 // how many wait

	mu      sync.Mutex
	free    int
	used    map[*Origin]time.Duration // for how long each has had places, where that is more than least
	least   time.Duration             // what any other counts as having had
	origins map[*Origin]*list.Element // those that wait, in turn, by their topmost parent
	turn    list.List                 // of *queue: the origins that wait, the next one first
	overdue int                       // of those who wait, whose patience has ended
}

// A queue is who waits of one origin.
type queue struct {
	origin  *Origin
	waiters list.List // of *waiter, none of which has a place
}

// A waiter waits for a place.
type waiter struct {
	queue   *queue
	element *list.Element // of the queue; nil: it has its place
	granted chan struct{} // closed when it has its place
	overdue bool
}

// NewTurns returns a Turns with that many places, in which posts of the backlog come first. A
// nil backlog has none.
func NewTurns(places int, backlog Backlog) *Turns {
	return &Turns{backlog: backlog, places: places, free: places, used: map[*Origin]time.Duration{}, origins: map[*Origin]*list.Element{}}
}

// A Turn is a place that an origin has.
type Turn struct {
	turns  *Turns
	origin *Origin // the topmost parent
	began  time.Time
}

// Begin waits for a turn of the origin, which is to be ended. It fails only when ctx ends, with
// its error.
func (t *Turns) Begin(ctx context.Context, o *Origin) (*Turn, error) {
	for o.parent != nil {
		o = o.parent
	}
	if t.tryBegin(o) {
		return &Turn{t, o, time.Now()}, nil
	}
	w := t.enqueue(o)
	timer := time.NewTimer(patience)
	defer timer.Stop()
	for {
		select {
		case <-w.granted:
			return &Turn{t, o, time.Now()}, nil
		case <-timer.C:
			t.losePatience(w)
		case <-ctx.Done():
			t.abandon(w)
			return nil, ctx.Err()
		}
	}
}

// End ends the turn. It is to be called once.
func (turn *Turn) End() {
	t := turn.turns
	t.mu.Lock()
	defer t.mu.Unlock()
	t.used[turn.origin] = t.usedBy(turn.origin) + time.Since(turn.began)
	t.release()
}

// release gives a place back.
func (t *Turns) release() {
	if t.free++; t.free == t.places && t.turn.Len() == 0 {
		clear(t.used) // there is nobody to be compared with
	}
	t.grant()
}

// usedBy returns for how long the origin counts as having had places.
func (t *Turns) usedBy(o *Origin) time.Duration { return max(t.used[o], t.least) }

// take takes a place for the origin, which has used least of those that want one.
func (t *Turns) take(o *Origin) {
	t.free--
	if used := t.used[o]; used > t.least {
		t.least = used
		maps.DeleteFunc(t.used, func(_ *Origin, used time.Duration) bool { return used <= t.least })
	}
}

// PostsTaken is to be called when no post of the backlog waits any more. It costs nothing where
// nobody waits for a turn.
func (t *Turns) PostsTaken() {
	if t.waiting.Load() == 0 {
		return // whoever comes now sees that no post waits
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.grant()
}

// Waiting returns how many wait for their turn.
func (t *Turns) Waiting() int { return int(t.waiting.Load()) }

func (t *Turns) tryBegin(o *Origin) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.free == 0 || t.turn.Len() > 0 || t.postsWait() {
		return false
	}
	t.take(o)
	return true
}

func (t *Turns) postsWait() bool { return t.backlog != nil && t.backlog.PostsWait() }

// enqueue has the caller wait behind the others of its origin.
func (t *Turns) enqueue(o *Origin) *waiter {
	t.mu.Lock()
	defer t.mu.Unlock()
	e := t.origins[o]
	if e == nil {
		e = t.turn.PushBack(&queue{origin: o})
		t.origins[o] = e
	}
	q := e.Value.(*queue)
	w := &waiter{queue: q, granted: make(chan struct{})}
	w.element = q.waiters.PushBack(w)
	t.waiting.Add(1)
	t.grant() // a place may have become free, or the posts have been taken
	return w
}

// grant gives the places that are free to those whose turn it is.
func (t *Turns) grant() {
	for t.free > 0 && t.turn.Len() > 0 && (t.overdue > 0 || !t.postsWait()) {
		e := t.next()
		q := e.Value.(*queue)
		w := q.waiters.Front().Value.(*waiter)
		t.turn.MoveToBack(e)
		t.remove(w)
		t.take(q.origin)
		close(w.granted)
	}
}

// next returns the queue of the origin that has used least, the first one of several.
func (t *Turns) next() *list.Element {
	next := t.turn.Front()
	for e := next; e != nil && t.usedBy(next.Value.(*queue).origin) > t.least; e = e.Next() {
		if t.usedBy(e.Value.(*queue).origin) < t.usedBy(next.Value.(*queue).origin) {
			next = e
		}
	}
	return next
}

// remove has w wait no more.
func (t *Turns) remove(w *waiter) {
	w.queue.waiters.Remove(w.element)
	w.element = nil
	t.waiting.Add(-1)
	if w.overdue {
		t.overdue--
	}
	if w.queue.waiters.Len() == 0 {
		t.turn.Remove(t.origins[w.queue.origin])
		delete(t.origins, w.queue.origin)
	}
}

// losePatience lets posts go before w no longer.
func (t *Turns) losePatience(w *waiter) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if w.element != nil {
		w.overdue = true
		t.overdue++
		t.grant()
	}
}

// abandon ends w's wait, or the turn that it has been given meanwhile.
func (t *Turns) abandon(w *waiter) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if w.element != nil {
		t.remove(w)
		return
	}
	t.release()
}
