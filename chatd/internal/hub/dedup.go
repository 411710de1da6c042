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

// ErrOnceMismatch says that the ONCE key was used in the room for another text.
var ErrOnceMismatch = errors.New("hub: once mismatch")

// How long ONCE keys are remembered, and how many (protocol.md, "ONCE").
const (
	maxKeyAge = 10 * time.Minute
	maxKeys   = 200_000
)

// A dedup remembers the posts that were made with a ONCE key. Any
// goroutine may use it, for the keys of a room the one that processes its posts.
type dedup struct {
	mu    sync.Mutex
	seed  maphash.Seed
	keys  map[dedupKey]*dedupEntry
	byAge list.List // of *dedupEntry, the oldest first
}

type dedupKey struct{ room, key string }

type dedupEntry struct {
	dedupKey
	sum   uint64 // hash of kind and text
	at    time.Time
	seq   uint64        // 0: under way, or unknown
	first *Post         // that claimed the key, while it is under way
	age   *list.Element // nil while it is under way, when it must not be evicted
}

// A prior is the earlier post of a key.
type prior struct {
	known bool   // there is one
	first *Post  // the post, while it is under way
	seq   uint64 // its number; 0: it is unknown whether the post is stored
}

// newDedup returns a dedup with the keys of stored posts. history.ErrFailed.
func newDedup(ctx context.Context, store history.Store) (*dedup, error) {
	t := &dedup{seed: maphash.MakeSeed(), keys: map[dedupKey]*dedupEntry{}}
	err := store.Keyed(ctx, time.Now().Add(-maxKeyAge), maxKeys, func(room string, p *history.Post) {
		e := &dedupEntry{dedupKey: dedupKey{room, p.Once}, sum: t.sum(p), at: p.Time, seq: p.Seq}
		if t.keys[e.dedupKey] == nil {
			t.keys[e.dedupKey] = e
			e.age = t.byAge.PushFront(e) // the newest comes first
		}
	})
	return t, err
}

func (t *dedup) sum(p *history.Post) uint64 {
	return maphash.String(t.seed, string(p.Kind)+" "+p.Text)
}

// claim returns the earlier post of p's key. If there is none, the key is p's from now
// on. ErrOnceMismatch.
func (t *dedup) claim(room string, p *Post) (prior, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
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

// record notes the number of an entry's post, or with 0 that it is unknown whether the
// post is stored.
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

// forget removes an entry whose post is certainly not stored.
func (t *dedup) forget(e *dedupEntry) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.remove(e)
}

// forgetRoom removes the entries of a room that is deleted.
func (t *dedup) forgetRoom(room string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for key, e := range t.keys {
		if key.room == room {
			t.remove(e)
		}
	}
}

func (t *dedup) remove(e *dedupEntry) {
	e.first = nil
	delete(t.keys, e.dedupKey)
	if e.age != nil {
		t.byAge.Remove(e.age)
	}
}

// evict removes the oldest entries as long as due says so.
func (t *dedup) evict(due func(oldest *dedupEntry) bool) {
	for front := t.byAge.Front(); front != nil; front = t.byAge.Front() {
		oldest := front.Value.(*dedupEntry)
		if !due(oldest) {
			return
		}
		t.remove(oldest)
	}
}
