package origin

import (
	"container/list"
	"context"
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
// turn, and those who wait of one origin in the order in which they have come. Origins with the
// same topmost parent have their turns together: else whoever has many had as many turns. While
// posts wait to be taken up, places stay free, until a read has waited for 20 ms. Its methods may
// be called from any goroutine.
type Turns struct {
	backlog Backlog
	waiting atomic.Int32 // how many wait

	mu      sync.Mutex
	free    int
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
	return &Turns{backlog: backlog, free: places, origins: map[*Origin]*list.Element{}}
}

// Begin waits for a turn of the origin, which End ends. It fails only when ctx ends, with its
// error; then there is no turn to end.
func (t *Turns) Begin(ctx context.Context, o *Origin) error {
	if t.tryBegin() {
		return nil
	}
	w := t.enqueue(o)
	timer := time.NewTimer(patience)
	defer timer.Stop()
	for {
		select {
		case <-w.granted:
			return nil
		case <-timer.C:
			t.losePatience(w)
		case <-ctx.Done():
			t.abandon(w)
			return ctx.Err()
		}
	}
}

// End ends a turn.
func (t *Turns) End() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.free++
	t.grant()
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

func (t *Turns) tryBegin() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.free == 0 || t.turn.Len() > 0 || t.postsWait() {
		return false
	}
	t.free--
	return true
}

func (t *Turns) postsWait() bool { return t.backlog != nil && t.backlog.PostsWait() }

// enqueue has the caller wait behind the others of its origin.
func (t *Turns) enqueue(o *Origin) *waiter {
	for o.parent != nil {
		o = o.parent
	}
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
		e := t.turn.Front()
		w := e.Value.(*queue).waiters.Front().Value.(*waiter)
		t.turn.MoveToBack(e)
		t.remove(w)
		t.free--
		close(w.granted)
	}
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
	t.free++
	t.grant()
}
