package hub

import (
	"errors"
	"hash/maphash"
	"sync"
	"time"
)

// ErrOnceMismatch: the key was used in the room for another text.
var ErrOnceMismatch = errors.New("hub: once mismatch")

// How long and how many ONCE keys are remembered (protocol.md, "ONCE").
const (
	onceFor = 10 * time.Minute
	onceMax = 200_000
)

// An onceTable remembers the posts that were made with a ONCE key. The zero
// value is ready. A room's goroutine alone uses the keys of its room.
type onceTable struct {
	mu    sync.Mutex
	seed  maphash.Seed
	keys  map[onceKey]*onceEntry
	order []*onceEntry // by age; from dead on in use
	dead  int
}

type onceKey struct{ room, key string }

type onceEntry struct {
	onceKey
	sum   uint64
	at    time.Time
	seq   uint64 // 0: under way, or not known
	first *Post  // under way
	gone  bool
}

// begin looks p's key up. A key not remembered is taken, and begin returns
// nil; else it returns the entry of the first post, or ErrOnceMismatch.
func (t *onceTable) begin(room string, p *Post) (*onceEntry, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.keys == nil {
		t.keys, t.seed = map[onceKey]*onceEntry{}, maphash.MakeSeed()
	}
	now := time.Now()
	t.forget(now)
	key := onceKey{room, p.Once}
	sum := t.sum(p)
	if e := t.keys[key]; e != nil {
		if e.sum != sum {
			return nil, ErrOnceMismatch
		}
		return e, nil
	}
	e := &onceEntry{onceKey: key, sum: sum, at: now, first: p}
	t.keys[key] = e
	t.order = append(t.order, e)
	p.once = e
	return nil, nil
}

func (t *onceTable) sum(p *Post) uint64 { return maphash.String(t.seed, string(p.Kind)+" "+p.Text) }

// settle records that an entry's post has number seq.
func (t *onceTable) settle(e *onceEntry, seq uint64) {
	t.mu.Lock()
	defer t.mu.Unlock()
	e.seq, e.first = seq, nil
}

// drop forgets an entry whose post was certainly not stored.
func (t *onceTable) drop(e *onceEntry) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.remove(e)
}

func (t *onceTable) remove(e *onceEntry) {
	if !e.gone {
		e.gone = true
		delete(t.keys, e.onceKey)
	}
}

// forget drops what is too old or too much.
func (t *onceTable) forget(now time.Time) {
	for t.dead < len(t.order) {
		e := t.order[t.dead]
		if !e.gone && now.Sub(e.at) < onceFor && len(t.keys) < onceMax {
			break
		}
		t.remove(e)
		t.order[t.dead] = nil
		t.dead++
	}
	if t.dead > len(t.order)/2 {
		t.order = append([]*onceEntry(nil), t.order[t.dead:]...)
		t.dead = 0
	}
}
