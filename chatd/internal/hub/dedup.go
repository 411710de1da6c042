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
	maxKeyAge = 10 * time.Minute
	maxKeys   = 200_000
)

// An dedup remembers the posts that were made with a ONCE key. The zero
// value is ready. Of a room's keys it is used by
// whoever processes the room's posts.
type dedup struct {
	mu    sync.Mutex
	seed  maphash.Seed
	keys  map[dedupKey]*dedupEntry
	byAge list.List // of *onceEntry, the oldest first
}

type dedupKey struct{ room, key string }

type dedupEntry struct {
	dedupKey
	sum   uint64 // of kind and text
	at    time.Time
	seq   uint64        // 0: under way, or not known
	first *Post         // under way
	age   *list.Element // nil while it is under way: it is not forgotten then
}

// A prior is what is remembered of a key.
type prior struct {
	known bool
	first *Post  // under way
	seq   uint64 // 0: it is not known whether there is one
}

// load fills an empty table, which nobody else has yet, with the keys of posts that
// are stored.
func (t *dedup) load(ctx context.Context, store history.Store) error {
	t.init()
	return store.Keyed(ctx, time.Now().Add(-maxKeyAge), maxKeys, func(room string, p *history.Post) {
		e := &dedupEntry{dedupKey: dedupKey{room, p.Once}, sum: t.sum(p), at: p.Time, seq: p.Seq}
		if t.keys[e.dedupKey] == nil {
			t.keys[e.dedupKey] = e
			e.age = t.byAge.PushFront(e) // the newest comes first
		}
	})
}

func (t *dedup) init() {
	if t.keys == nil {
		t.keys, t.seed = map[dedupKey]*dedupEntry{}, maphash.MakeSeed()
	}
}

func (t *dedup) sum(p *history.Post) uint64 {
	return maphash.String(t.seed, string(p.Kind)+" "+p.Text)
}

// claim looks p's key up. A key that is not known is p's. ErrOnceMismatch.
func (t *dedup) claim(room string, p *Post) (prior, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.init()
	now := time.Now()
	t.evict(func(oldest *dedupEntry) bool { return now.Sub(oldest.at) >= maxKeyAge })
	key := dedupKey{room, p.Once}
	sum := t.sum(&p.Post)
	if e := t.keys[key]; e != nil {
		if e.sum != sum {
			return prior{}, ErrOnceMismatch
		}
		return prior{true, e.first, e.seq}, nil
	}
	e := &dedupEntry{dedupKey: key, sum: sum, first: p}
	t.keys[key] = e
	p.key = e
	return prior{}, nil
}

// record records that an entry's post has number seq, or, with 0, that this is
// not known.
func (t *dedup) record(e *dedupEntry, seq uint64) {
	t.mu.Lock()
	defer t.mu.Unlock()
	e.seq, e.first = seq, nil
	if e.age == nil {
		t.evict(func(*dedupEntry) bool { return t.byAge.Len() >= maxKeys })
		e.at = time.Now()
		e.age = t.byAge.PushBack(e)
	}
}

// forget forgets an entry whose post was certainly not stored.
func (t *dedup) forget(e *dedupEntry) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.remove(e)
}

func (t *dedup) remove(e *dedupEntry) {
	e.first = nil
	if t.keys[e.dedupKey] == e {
		delete(t.keys, e.dedupKey)
	}
	if e.age != nil {
		t.byAge.Remove(e.age)
	}
}

// evict drops the oldest entries as long as they are to go.
func (t *dedup) evict(goes func(oldest *dedupEntry) bool) {
	for front := t.byAge.Front(); front != nil; front = t.byAge.Front() {
		oldest := front.Value.(*dedupEntry)
		if !goes(oldest) {
			return
		}
		t.remove(oldest)
	}
}
