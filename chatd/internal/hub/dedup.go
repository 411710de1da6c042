package hub

import (
	"context"
	"hash/maphash"
	"sync"
	"time"

	"linechat/chatd/internal/backplane"
	"linechat/chatd/internal/history"
	"linechat/chatd/internal/keyorder"
)

// ErrOnceMismatch says that the ONCE key was used in the room for another text.
var ErrOnceMismatch = backplane.ErrOnceMismatch

// maxStoredKeys is how many ONCE keys of the store a new hub reads at most, which takes about
// three seconds.
const maxStoredKeys = 2 * keyorder.MaxKeys

// A dedup remembers the posts that were made with a ONCE key. Any
// goroutine may use it, for the keys of a room the one that processes its posts.
type dedup struct {
	mu    sync.Mutex
	seed  maphash.Seed
	made  time.Time // what the ages of keys count from
	keys  map[dedupKey]*dedupEntry
	order keyorder.Order[*dedupEntry] // of those whose post is no longer under way
}

type dedupKey struct{ room, key string }

type dedupEntry struct {
	dedupKey
	sum   uint64                      // hash of kind and text
	at    time.Duration               // from made to when the post was answered
	seq   uint64                      // 0: under way, or unknown
	first *Post                       // that claimed the key, while it is under way
	place keyorder.Place[*dedupEntry] // zero while it is under way, when it must not be evicted
}

// Place implements keyorder.Key.
func (e *dedupEntry) Place() *keyorder.Place[*dedupEntry] { return &e.place }

// OlderThan implements keyorder.Key.
func (e *dedupEntry) OlderThan(other *dedupEntry) bool { return e.at < other.at }

// A prior is the earlier post of a key.
type prior struct {
	known bool   // there is one
	first *Post  // the post, while it is under way
	seq   uint64 // its number; 0: it is unknown whether the post is stored
}

// newDedup returns a dedup with the keys of stored posts. Their nicks stand for the origins,
// which are not stored. history.ErrFailed.
func newDedup(ctx context.Context, store history.Reader) (*dedup, error) {
	t := &dedup{seed: maphash.MakeSeed(), made: time.Now(), keys: map[dedupKey]*dedupEntry{}}
	err := store.Keyed(ctx, t.made.Add(-keyorder.MaxAge), maxStoredKeys, func(room string, p *history.Post) {
		e := &dedupEntry{dedupKey: dedupKey{room, p.Once}, sum: t.sum(p), at: p.Time.Sub(t.made), seq: p.Seq}
		if t.keys[e.dedupKey] == nil { // the newest comes first
			t.keys[e.dedupKey] = e
			t.order.AddOldest(e, maphash.String(t.seed, p.Nick))
			t.evictSurplus()
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
	t.evictOld(time.Since(t.made))
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
	e.seq = seq
	if e.first != nil {
		e.at = time.Since(t.made)
		t.order.AddNewest(e, e.first.Origin)
		t.evictSurplus()
	}
	e.first = nil
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

// remove removes an entry, unless that has been done.
func (t *dedup) remove(e *dedupEntry) {
	if t.keys[e.dedupKey] == e {
		e.first = nil
		delete(t.keys, e.dedupKey)
		t.order.Remove(e)
	}
}

// evictOld removes the entries that are too old at a time after made.
func (t *dedup) evictOld(now time.Duration) {
	for e := t.order.Oldest(); e != nil && now-e.at >= keyorder.MaxAge; e = t.order.Oldest() {
		t.remove(e)
	}
}

// evictSurplus removes what is beyond keyorder.MaxKeys: the oldest key of the origin that has most.
func (t *dedup) evictSurplus() {
	if t.order.Len() > keyorder.MaxKeys {
		t.remove(t.order.Surplus())
	}
}
