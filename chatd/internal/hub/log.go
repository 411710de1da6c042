package hub

import (
	"sort"
	"sync/atomic"

	"linechat/chatd/internal/history"
	"linechat/chatd/proto"
)

// An entry is a post or an event at its place in a room's order.
type entry struct {
	post  history.Post
	event *event // nil: a post
	from  uint64 // the session that caused it; 0: none that is known
}

func (e *entry) line(room string) *proto.Line {
	if e.event != nil {
		return e.event.line(room)
	}
	return postLine(room, &e.post)
}

// An event is what a line says that is no post. It is kept for as long as the
// posts around it, so it has only the fields that such lines have.
type event struct {
	kind                 proto.Keyword
	nick, old, why, text string
	from, to             uint64
}

func (e *event) line(room string) *proto.Line {
	return &proto.Line{Type: e.kind, Room: room, Nick: e.nick, Old: e.old, Why: e.why, Text: e.text, From: e.from, To: e.to}
}

func postLine(room string, p *history.Post) *proto.Line {
	return &proto.Line{Type: p.Kind, Room: room, Seq: p.Seq, Time: p.Time, Nick: p.Nick, Text: p.Text}
}

// batchBase is about how many bytes of memory a batch takes beside its entries.
const batchBase = 512

// A batch is what a room published at once: posts, or one event. It is encoded
// once per form in use, by the first writer that needs it, into bytes that all
// members share.
type batch struct {
	pos     uint64 // its place in the log
	before  uint64 // the room's last number before it
	last    uint64 // and with it
	room    string
	entries []entry
	size    int // bytes of memory, about
	forms   [proto.Forms]atomic.Pointer[encoding]
}

type encoding struct {
	bytes []byte
	ends  []int // where in bytes each entry ends
}

// encoded returns the batch encoded the form f. The bytes are shared: not to be changed.
// Of two goroutines that encode it at the same time one does so encoded vain.
func (b *batch) encoded(f proto.Form) *encoding {
	if e := b.forms[f].Load(); e != nil {
		return e
	}
	if e := b.encode(f); b.forms[f].CompareAndSwap(nil, e) {
		return e
	}
	return b.forms[f].Load()
}

func (b *batch) encode(f proto.Form) *encoding {
	e := &encoding{make([]byte, 0, b.written()), make([]int, len(b.entries))}
	for i := range b.entries {
		e.bytes = b.entries[i].line(b.room).Append(e.bytes, f)
		e.ends[i] = len(e.bytes)
	}
	return e
}

// written returns about how many bytes the batch has in text.
func (b *batch) written() int {
	size := 0
	for i := range b.entries {
		size += len(b.room) + len(b.entries[i].post.Nick) + len(b.entries[i].post.Text) + 32
	}
	return size
}

// A sharedLog is the newest batches of a room, for all its members. The room
// appends and trims in its turn; readers take no lock. A position is the
// number of a batch: it pins nothing, and is either in the log or not.
type sharedLog struct {
	newest atomic.Pointer[batch] // what is published ends here
	oldest atomic.Uint64         // position of the first batch kept
	slots  atomic.Pointer[ring]
	size   int
	budget *budget
}

// A ring holds the batch of position p in slot p modulo its length, a power
// of two.
type ring []atomic.Pointer[batch]

const minRing = 16

// start makes the log empty, with the room's numbers having reached head.
func (l *sharedLog) start(head uint64, b *budget) {
	slots := make(ring, minRing)
	l.budget = b
	l.slots.Store(&slots)
	l.oldest.Store(1)
	l.newest.Store(&batch{last: head, before: head})
}

// publish appends b and makes it visible.
func (l *sharedLog) publish(b *batch) {
	newest := l.newest.Load()
	b.pos, b.before = newest.pos+1, newest.last
	b.last = b.before
	if post := &b.entries[len(b.entries)-1]; post.event == nil {
		b.last = post.post.Seq
	}
	slots := *l.slots.Load()
	if b.pos-l.oldest.Load() >= uint64(len(slots)) {
		slots = l.grow(slots)
	}
	slots.slot(b.pos).Store(b)
	l.size += b.size
	l.budget.reserve(b.size)
	l.newest.Store(b)
	l.trim(l.budget.share())
}

func (s ring) slot(pos uint64) *atomic.Pointer[batch] { return &s[pos&uint64(len(s)-1)] }

func (l *sharedLog) grow(old ring) ring {
	slots := make(ring, 2*len(old))
	for pos := l.oldest.Load(); pos <= l.newest.Load().pos; pos++ {
		slots.slot(pos).Store(old.slot(pos).Load())
	}
	l.slots.Store(&slots)
	return slots
}

// head returns the place behind what is published.
func (l *sharedLog) head() Position {
	newest := l.newest.Load()
	return Position{newest.pos + 1, newest.last}
}

// trim drops the oldest batches, but never the newest, until at most size
// bytes are kept.
func (l *sharedLog) trim(size int) {
	slots := *l.slots.Load()
	oldest := l.oldest.Load()
	for ; l.size > size && oldest < l.newest.Load().pos; oldest++ {
		slot := slots.slot(oldest)
		b := slot.Load()
		slot.Store(nil)
		l.size -= b.size
		l.budget.release(b.size)
	}
	l.oldest.Store(oldest)
}

// free gives the log's memory back to the budget when the room ends.
func (l *sharedLog) free() { l.budget.release(l.size) }

// at returns the batch of that position, or nil if it is not kept. The
// position must be one that newest has reached.
func (l *sharedLog) at(pos uint64) *batch {
	slots := *l.slots.Load()
	if b := slots.slot(pos).Load(); b != nil && b.pos == pos {
		return b
	}
	return nil
}

// after returns the position at which a reader who has everything up to number
// seq goes on: that of the first batch kept that ends at seq or later.
func (l *sharedLog) after(seq uint64) uint64 {
	oldest, newest := l.oldest.Load(), l.newest.Load()
	n := int(newest.pos + 1 - oldest)
	return oldest + uint64(sort.Search(n, func(i int) bool {
		b := l.at(oldest + uint64(i))
		return b != nil && b.last >= seq
	}))
}

// A budget is the memory that the logs of all rooms may take together. A log
// may take an eighth of what is free, within the bounds below (dynamic
// thresholds: A. K. Choudhury and E. L. Hahne, 1998), so no log has to be
// asked to give way to another. Any goroutine may use it.
type budget struct {
	size int64
	used atomic.Int64
}

const (
	minLog    = 8 << 10
	maxLog    = 1 << 20
	logShares = 8
)

func (b *budget) reserve(n int) { b.used.Add(int64(n)) }
func (b *budget) release(n int) { b.used.Add(int64(-n)) }

func (b *budget) share() int {
	return int(max(minLog, min(maxLog, (b.size-b.used.Load())/logShares)))
}
