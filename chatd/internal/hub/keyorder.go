package hub

import "container/heap"

// A keyOrder has the ONCE keys that may be evicted in the order of their age: all of them,
// and those of each origin. Finding the origin that has most takes no search, adding and
// removing a key takes a logarithm of how many origins there are. The zero value is empty.
type keyOrder struct {
	all     keyList
	origins map[uint64]*keyOrigin // that have keys
	bySize  originHeap
}

// A keyOrigin is the keys of one origin: an address, or whoever else posts are counted for.
type keyOrigin struct {
	origin uint64
	keys   keyList
	index  int // in bySize
}

// A keyPlace is where a key stands in a keyOrder.
type keyPlace struct {
	origin *keyOrigin // nil: nowhere
	links  [2]keyLinks
}

// Which links of a key a list uses.
const (
	amongAll = iota
	amongOrigin
)

// addNewest adds a key of an origin, which is younger than all others.
func (o *keyOrder) addNewest(e *dedupEntry, origin uint64) {
	e.place.origin = o.of(origin)
	o.all.addNewest(e, amongAll)
	e.place.origin.keys.addNewest(e, amongOrigin)
	heap.Fix(&o.bySize, e.place.origin.index)
}

// addOldest adds a key of an origin, which is older than all others.
func (o *keyOrder) addOldest(e *dedupEntry, origin uint64) {
	e.place.origin = o.of(origin)
	o.all.addOldest(e, amongAll)
	e.place.origin.keys.addOldest(e, amongOrigin)
	heap.Fix(&o.bySize, e.place.origin.index)
}

// of returns the keys of an origin.
func (o *keyOrder) of(origin uint64) *keyOrigin {
	k := o.origins[origin]
	if k == nil {
		k = &keyOrigin{origin: origin}
		if o.origins == nil {
			o.origins = map[uint64]*keyOrigin{}
		}
		o.origins[origin] = k
		heap.Push(&o.bySize, k)
	}
	return k
}

// remove removes a key, if it is there.
func (o *keyOrder) remove(e *dedupEntry) {
	k := e.place.origin
	if k == nil {
		return
	}
	o.all.remove(e, amongAll)
	k.keys.remove(e, amongOrigin)
	e.place = keyPlace{}
	if k.keys.n > 0 {
		heap.Fix(&o.bySize, k.index)
		return
	}
	heap.Remove(&o.bySize, k.index)
	delete(o.origins, k.origin)
}

// largest returns the origin that has most keys; of several the one with the oldest.
func (o *keyOrder) largest() *keyOrigin { return o.bySize[0] }

// A keyList is keys in the order of their age, linked to their neighbours: in a
// container/list each would take twice the memory.
type keyList struct {
	oldest, newest *dedupEntry
	n              int
}

// keyLinks are the neighbours of a key in a list; nil: it is the first or the last.
type keyLinks struct{ older, younger *dedupEntry }

func (l *keyList) addNewest(e *dedupEntry, which int) { l.insert(e, which, keyLinks{older: l.newest}) }

func (l *keyList) addOldest(e *dedupEntry, which int) {
	l.insert(e, which, keyLinks{younger: l.oldest})
}

func (l *keyList) insert(e *dedupEntry, which int, between keyLinks) {
	e.place.links[which] = between
	*l.younger(between.older, which), *l.older(between.younger, which) = e, e
	l.n++
}

func (l *keyList) remove(e *dedupEntry, which int) {
	between := e.place.links[which]
	*l.younger(between.older, which), *l.older(between.younger, which) = between.younger, between.older
	l.n--
}

// younger returns where the neighbour after a key is noted; of nil, that before the first.
func (l *keyList) younger(e *dedupEntry, which int) **dedupEntry {
	if e == nil {
		return &l.oldest
	}
	return &e.place.links[which].younger
}

// older returns where the neighbour before a key is noted; of nil, that after the last.
func (l *keyList) older(e *dedupEntry, which int) **dedupEntry {
	if e == nil {
		return &l.newest
	}
	return &e.place.links[which].older
}

// An originHeap has the origin with most keys first (package heap).
type originHeap []*keyOrigin

// Len implements heap.Interface.
func (h originHeap) Len() int { return len(h) }

// Less implements heap.Interface.
func (h originHeap) Less(i, j int) bool {
	a, b := &h[i].keys, &h[j].keys
	return a.n > b.n || a.n == b.n && a.oldest.at < b.oldest.at
}

// Swap implements heap.Interface.
func (h originHeap) Swap(i, j int) {
	h[i], h[j] = h[j], h[i]
	h[i].index, h[j].index = i, j
}

// Push implements heap.Interface.
func (h *originHeap) Push(k any) {
	k.(*keyOrigin).index = len(*h)
	*h = append(*h, k.(*keyOrigin))
}

// Pop implements heap.Interface.
func (h *originHeap) Pop() any {
	last := len(*h) - 1
	k := (*h)[last]
	(*h)[last] = nil
	*h = (*h)[:last]
	return k
}
