package hub

import (
	"container/list"
	"context"
	"errors"
	"hash/maphash"
	"sync"
	"time"

	"linechat/chatd/internal/history"
)

// ErrOnceMismatch: the key was used in the room for another text.
var ErrOnceMismatch = errors.New("hub: once mismatch")

// How long and how many ONCE keys are remembered (protocol.md, "ONCE").
const (
	onceFor = 10 * time.Minute
	onceMax = 200_000
)

// An onceTable remembers the posts that were made with a ONCE key. The zero
// value is ready. Of a room's keys it is used by
// whoever processes the room's posts.
type onceTable struct {
	mu    sync.Mutex
	seed  maphash.Seed
	keys  map[onceKey]*onceEntry
	byAge list.List // of *onceEntry, the oldest first
}

type onceKey struct{ room, key string }

type onceEntry struct {
	onceKey
	sum   uint64 // of kind and text
	at    time.Time
	seq   uint64        // 0: under way, or not known
	first *Post         // under way
	age   *list.Element // nil while it is under way: it is not forgotten then
}

// A precedent is what is remembered of a key.
type precedent struct {
	known bool
	first *Post  // under way
	seq   uint64 // 0: it is not known whether there is one
}

// recall fills an empty table, which nobody else has yet, with the keys of posts that
// are stored.
func (t *onceTable) recall(ctx context.Context, store history.Store) error {
	t.init()
	return store.Keyed(ctx, time.Now().Add(-onceFor), onceMax, func(room string, p *history.Post) {
		e := &onceEntry{onceKey: onceKey{room, p.Once}, sum: t.sum(p), at: p.Time, seq: p.Seq}
		if t.keys[e.onceKey] == nil {
			t.keys[e.onceKey] = e
			e.age = t.byAge.PushFront(e) // the newest comes first
		}
	})
}

func (t *onceTable) init() {
	if t.keys == nil {
		t.keys, t.seed = map[onceKey]*onceEntry{}, maphash.MakeSeed()
	}
}

func (t *onceTable) sum(p *history.Post) uint64 {
	return maphash.String(t.seed, string(p.Kind)+" "+p.Text)
}

// begin looks p's key up. A key that is not known is p's. ErrOnceMismatch.
func (t *onceTable) begin(room string, p *Post) (precedent, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.init()
	now := time.Now()
	t.forget(func(oldest *onceEntry) bool { return now.Sub(oldest.at) >= onceFor })
	key := onceKey{room, p.Once}
	sum := t.sum(&p.Post)
	if e := t.keys[key]; e != nil {
		if e.sum != sum {
			return precedent{}, ErrOnceMismatch
		}
		return precedent{true, e.first, e.seq}, nil
	}
	e := &onceEntry{onceKey: key, sum: sum, first: p}
	t.keys[key] = e
	p.once = e
	return precedent{}, nil
}

// settle records that an entry's post has number seq, or, with 0, that this is
// not known.
func (t *onceTable) settle(e *onceEntry, seq uint64) {
	t.mu.Lock()
	defer t.mu.Unlock()
	e.seq, e.first = seq, nil
	if e.age == nil {
		t.forget(func(*onceEntry) bool { return t.byAge.Len() >= onceMax })
		e.at = time.Now()
		e.age = t.byAge.PushBack(e)
	}
}

// drop forgets an entry whose post was certainly not stored.
func (t *onceTable) drop(e *onceEntry) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.remove(e)
}

func (t *onceTable) remove(e *onceEntry) {
	e.first = nil
	if t.keys[e.onceKey] == e {
		delete(t.keys, e.onceKey)
	}
	if e.age != nil {
		t.byAge.Remove(e.age)
	}
}

// forget drops the oldest entries as long as they are to go.
func (t *onceTable) forget(goes func(oldest *onceEntry) bool) {
	for front := t.byAge.Front(); front != nil; front = t.byAge.Front() {
		oldest := front.Value.(*onceEntry)
		if !goes(oldest) {
			return
		}
		t.remove(oldest)
	}
}
