// Package keyorder has the ONCE keys that may be evicted in the order of their age: all of
// them, and those of each origin (protocol.md, "ONCE").
package keyorder

import (
	"container/heap"
	"time"
)

// How long a key is remembered, and how many are at most (protocol.md, "ONCE").
const (
	MaxAge  = 10 * time.Minute
	MaxKeys = 200_000
)

// A Key is a pointer to a key, in which the Order notes where it stands.
type Key[K any] interface {
	comparable
	// Place returns where the Order notes that. The zero value is nowhere.
	Place() *Place[K]
	// OlderThan reports whether the key is older than another, as the Order has them.
	OlderThan(K) bool
}

// An Order is keys in the order of their age. Finding the origin that has most takes no
// search, adding and removing a key takes a logarithm of how many origins there are. The zero
// value is empty.
type Order[K Key[K]] struct {
	all     list[K]
	origins map[uint64]*origin[K] // that have keys
	bySize  originHeap[K]
}

// An origin is the keys of one origin: an address, or whoever else posts are counted for.
type origin[K any] struct {
	id    uint64
	keys  list[K]
	index int // in bySize
}

// A Place is where a key stands in an Order.
type Place[K any] struct {
	origin *origin[K] // nil: nowhere
	links  [2]links[K]
}

// Which links of a key a list uses.
const (
	amongAll = iota
	amongOrigin
)

// Len returns how many keys there are.
func (o *Order[K]) Len() int { return o.all.n }

// Oldest returns the oldest key; zero: there is none.
func (o *Order[K]) Oldest() K { return o.all.oldest }

// Younger returns the key after one of the Order; zero: that is the newest.
func (o *Order[K]) Younger(k K) K { return k.Place().links[amongAll].younger }

// Surplus returns the oldest key of the origin that has most; of several such origins, of the
// one with the oldest key. There must be a key.
func (o *Order[K]) Surplus() K { return o.bySize[0].keys.oldest }

// AddNewest adds a key of an origin, which is younger than all others.
func (o *Order[K]) AddNewest(k K, origin uint64) {
	of := o.of(origin)
	k.Place().origin = of
	insert(&o.all, k, amongAll, links[K]{older: o.all.newest})
	insert(&of.keys, k, amongOrigin, links[K]{older: of.keys.newest})
	heap.Fix(&o.bySize, of.index)
}

// AddOldest adds a key of an origin, which is older than all others.
func (o *Order[K]) AddOldest(k K, origin uint64) {
	of := o.of(origin)
	k.Place().origin = of
	insert(&o.all, k, amongAll, links[K]{younger: o.all.oldest})
	insert(&of.keys, k, amongOrigin, links[K]{younger: of.keys.oldest})
	heap.Fix(&o.bySize, of.index)
}

// of returns the keys of an origin.
func (o *Order[K]) of(id uint64) *origin[K] {
	of := o.origins[id]
	if of == nil {
		of = &origin[K]{id: id}
		if o.origins == nil {
			o.origins = map[uint64]*origin[K]{}
		}
		o.origins[id] = of
		heap.Push(&o.bySize, of)
	}
	return of
}

// Remove removes a key, if it is there.
func (o *Order[K]) Remove(k K) {
	of := k.Place().origin
	if of == nil {
		return
	}
	remove(&o.all, k, amongAll)
	remove(&of.keys, k, amongOrigin)
	*k.Place() = Place[K]{}
	if of.keys.n > 0 {
		heap.Fix(&o.bySize, of.index)
		return
	}
	heap.Remove(&o.bySize, of.index)
	delete(o.origins, of.id)
}

// A list is keys in the order of their age, linked to their neighbours: in a container/list
// each would take twice the memory.
type list[K any] struct {
	oldest, newest K
	n              int
}

// links are the neighbours of a key in a list; zero: it is the first or the last.
type links[K any] struct{ older, younger K }

func insert[K Key[K]](l *list[K], k K, which int, between links[K]) {
	k.Place().links[which] = between
	*younger(l, between.older, which), *older(l, between.younger, which) = k, k
	l.n++
}

func remove[K Key[K]](l *list[K], k K, which int) {
	between := k.Place().links[which]
	*younger(l, between.older, which), *older(l, between.younger, which) = between.younger, between.older
	l.n--
}

// younger returns where the neighbour after a key is noted; of none, that before the first.
func younger[K Key[K]](l *list[K], k K, which int) *K {
	var none K
	if k == none {
		return &l.oldest
	}
	return &k.Place().links[which].younger
}

// older returns where the neighbour before a key is noted; of none, that after the last.
func older[K Key[K]](l *list[K], k K, which int) *K {
	var none K
	if k == none {
		return &l.newest
	}
	return &k.Place().links[which].older
}

// An originHeap has the origin with most keys first (package heap).
type originHeap[K Key[K]] []*origin[K]

// Len implements heap.Interface.
func (h originHeap[K]) Len() int { return len(h) }

// Less implements heap.Interface.
func (h originHeap[K]) Less(i, j int) bool {
	a, b := &h[i].keys, &h[j].keys
	return a.n > b.n || a.n == b.n && a.oldest.OlderThan(b.oldest)
}

// Swap implements heap.Interface.
func (h originHeap[K]) Swap(i, j int) {
	h[i], h[j] = h[j], h[i]
	h[i].index, h[j].index = i, j
}

// Push implements heap.Interface.
func (h *originHeap[K]) Push(o any) {
	o.(*origin[K]).index = len(*h)
	*h = append(*h, o.(*origin[K]))
}

// Pop implements heap.Interface.
func (h *originHeap[K]) Pop() any {
	last := len(*h) - 1
	o := (*h)[last]
	(*h)[last] = nil
	*h = (*h)[:last]
	return o
}
