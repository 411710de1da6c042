package machine

import (
	"cmp"
	"crypto/sha256"
	"slices"
	"strings"
	"time"

	"linechat/chatd/internal/backplane"
	"linechat/chatd/internal/history"
	"linechat/chatd/internal/keyorder"
)

// onceKeys are the ONCE keys that are remembered. The zero value is none.
type onceKeys struct {
	of    map[onceID]*onceKey
	order keyorder.Order[*onceKey]
}

type onceID struct{ room, key string } // by its fold

// A onceKey is what is remembered of a post with a ONCE key.
type onceKey struct {
	onceID
	sum    [16]byte // of kind and text
	at     time.Duration
	seq    uint64
	origin uint64
	number uint64 // in the order of the log
	place  keyorder.Place[*onceKey]
}

// Place implements keyorder.Key.
func (k *onceKey) Place() *keyorder.Place[*onceKey] { return &k.place }

// OlderThan implements keyorder.Key.
func (k *onceKey) OlderThan(other *onceKey) bool { return k.number < other.number }

// sumOf returns what tells posts with one key apart.
func sumOf(p *history.Post) [16]byte {
	sum := sha256.Sum256([]byte(string(p.Kind) + " " + p.Text))
	return [16]byte(sum[:16])
}

// earlier returns the post with the same ONCE key, or nil. backplane.ErrOnceMismatch.
func (s *State) earlier(r *room, p *history.Post) (*onceKey, error) {
	if p.Once == "" {
		return nil, nil
	}
	k := s.once.of[onceID{r.name.Fold, p.Once}]
	if k != nil && k.sum != sumOf(p) {
		return nil, backplane.ErrOnceMismatch
	}
	return k, nil
}

// remember remembers a post's ONCE key, if it has one. When there are too many, the oldest of
// the origin that has most is forgotten.
func (s *State) remember(r *room, p *history.Post, origin uint64) {
	if p.Once == "" {
		return
	}
	s.keysGiven++
	k := &onceKey{onceID: onceID{r.name.Fold, strings.Clone(p.Once)},
		sum: sumOf(p), at: s.logTime, seq: p.Seq, origin: origin, number: s.keysGiven}
	s.once.add(k)
	s.put(onceKeyRow(k.onceID), func(c *coder) { c.onceKey(k) })
	if s.once.order.Len() > keyorder.MaxKeys {
		s.forgetKey(s.once.order.Surplus())
	}
}

// add adds a key, which is younger than those before.
func (ks *onceKeys) add(k *onceKey) {
	if ks.of == nil {
		ks.of = map[onceID]*onceKey{}
	}
	ks.of[k.onceID] = k
	ks.order.AddNewest(k, k.origin)
}

func (s *State) forgetKey(k *onceKey) {
	delete(s.once.of, k.onceID)
	s.once.order.Remove(k)
	s.delete(onceKeyRow(k.onceID))
}

// forgetOldKeys forgets the keys that are too old.
func (s *State) forgetOldKeys() {
	for k := s.once.order.Oldest(); k != nil && s.logTime-k.at >= keyorder.MaxAge; k = s.once.order.Oldest() {
		s.forgetKey(k)
	}
}

// forgetKeys forgets the keys of a room.
func (s *State) forgetKeys(fold string) {
	for k := s.once.order.Oldest(); k != nil; {
		next := s.once.order.Younger(k)
		if k.room == fold {
			s.forgetKey(k)
		}
		k = next
	}
}

func (c *coder) onceKey(k *onceKey) {
	c.fixed(k.sum[:])
	c.int((*int64)(&k.at))
	c.uint(&k.seq)
	c.uint(&k.origin)
	c.uint(&k.number)
}

// onceKeyRow returns the key of the row of a ONCE key.
func onceKeyRow(id onceID) []byte {
	return encode(key(onceRow), func(c *coder) {
		c.string(&id.room)
		c.string(&id.key)
	})
}

// loadOnceKeys loads rows of ONCE keys, whose order is in them.
func (s *State) loadOnceKeys(rows []row) bool {
	keys := make([]*onceKey, len(rows))
	for i, row := range rows {
		k := &onceKey{}
		complete := decode(row.key, func(c *coder) {
			c.string(&k.room)
			c.string(&k.key)
		}) && decode(row.value, func(c *coder) { c.onceKey(k) })
		if !complete {
			return false
		}
		keys[i] = k
	}
	slices.SortFunc(keys, func(a, b *onceKey) int { return cmp.Compare(a.number, b.number) })
	for _, k := range keys {
		s.once.add(k)
	}
	return true
}
