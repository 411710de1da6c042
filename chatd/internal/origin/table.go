package origin

import (
	"container/list"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/time/rate"
)

// How long an origin is remembered after its last use, at least until its limits are what
// they were before it, and how many such origins there are at most.
const (
	rememberFor = 10 * time.Minute
	maxIdle     = 1 << 16
)

// A Table has the origins that are known. Its methods may be called from any goroutine.
type Table struct {
	limits Limits
	exempt []netip.Prefix

	mu      sync.Mutex
	origins map[Key]*Origin
	idle    list.List // of *Origin without a reference, in the order of when they were looked at
}

// NewTable returns a Table that knows of no origin. Limits that are not Strict do not hold
// for the exempt networks; those of users of this machine are lifted with those of its
// address ::1.
func NewTable(limits Limits, exempt []netip.Prefix) *Table {
	return &Table{limits: limits, exempt: exempt, origins: map[Key]*Origin{}}
}

// An Origin is what an origin has used. Its methods may be called from any goroutine.
type Origin struct {
	key     Key
	table   *Table
	parent  *Origin // which pays as well; nil: nobody does
	exempt  bool
	times   int // a guest's limits
	buckets [kinds]atomic.Pointer[rate.Limiter]
	begun   [kinds]atomic.Int32 // that have not ended
	tells   tells

	// Guarded by table.mu.
	refs        int
	connections int
	searching   chan struct{} // nil: nobody has searched
	idle        *list.Element // nil: it is in use
	since       time.Time     // when it was looked at last, while it is idle
}

// Acquire returns the origin of a key, and with it a reference, to be released once.
func (t *Table) Acquire(k Key) *Origin {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.acquire(k)
}

func (t *Table) acquire(k Key) *Origin {
	o := t.origins[k]
	if o == nil {
		o = t.add(k)
	}
	if o.idle != nil {
		t.idle.Remove(o.idle)
		o.idle = nil
	}
	o.refs++
	return o
}

func (t *Table) add(k Key) *Origin {
	o := &Origin{key: k, table: t, exempt: k.exempt(t.exempt), times: k.times()}
	if parent, ok := k.parent(); ok {
		o.parent = t.acquire(parent)
	}
	t.origins[k] = o
	return o
}

// Release gives a reference back.
func (o *Origin) Release() {
	t := o.table
	t.mu.Lock()
	defer t.mu.Unlock()
	now := time.Now()
	t.release(o, now)
	t.forget(now)
}

func (t *Table) release(o *Origin, now time.Time) {
	if o.refs--; o.refs == 0 {
		o.since = now
		o.idle = t.idle.PushBack(o)
	}
}

// forget forgets origins whose time has come. Where limits are still used up it looks again
// later.
func (t *Table) forget(now time.Time) {
	for front := t.idle.Front(); front != nil; front = t.idle.Front() {
		o := front.Value.(*Origin)
		full := t.idle.Len() > maxIdle
		if !full && now.Sub(o.since) < rememberFor {
			return
		}
		if !full && !o.unused(now) {
			o.since = now
			t.idle.MoveToBack(front)
			continue
		}
		t.idle.Remove(front)
		delete(t.origins, o.key)
		if o.parent != nil {
			t.release(o.parent, now)
		}
	}
}

// Len returns how many origins are remembered.
func (t *Table) Len() int {
	t.mu.Lock()
	defer t.mu.Unlock()
	return len(t.origins)
}

// unused reports whether nothing of the origin's limits is used up.
func (o *Origin) unused(now time.Time) bool {
	for kind := range kinds {
		if b := o.buckets[kind].Load(); b != nil && b.TokensAt(now) < float64(b.Burst()) {
			return false
		}
	}
	return true
}
