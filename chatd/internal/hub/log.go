package hub

import (
	"sort"
	"sync/atomic"
	"time"

	"linechat/chatd/internal/history"
	"linechat/chatd/proto"
)

// An entry is a post or an event of a room's order.
type entry struct {
	post  history.Post
	event *event // nil: a post
	from  uint64 // the session that caused it; 0: unknown
}

func (e *entry) line(room string) *proto.Line {
	if e.event != nil {
		return e.event.line(room)
	}
	return postLine(room, &e.post)
}

// An event is a line that is no post. It has only the fields that such lines need,
// because the log keeps as many events as posts.
type event struct {
	kind                 proto.Keyword
	nick, old, why, text string
	from, to             uint64
}

func (e *event) line(room string) *proto.Line {
	return &proto.Line{Type: e.kind, Room: room, Nick: e.nick, Old: e.old, Why: e.why, Text: e.text, From: e.from, To: e.to}
}

func postLine(room string, p *history.Post) *proto.Line {
	line := &proto.Line{Type: p.Kind, Room: room, Seq: p.Seq, Time: p.Time, Nick: p.Nick, Text: p.Text}
	if p.Account != 0 {
		line.Account = p.Nick
	}
	return line
}

// batchBase is about how many bytes of memory a batch takes besides its entries.
const batchBase = 512

// A batch is what a room publishes at once: posts, or one event. The first writer that
// needs it in some form encodes it, into bytes that all members share.
type batch struct {
	pos     uint64    // batches are numbered 1, 2, 3, …
	before  uint64    // the room's last number before this batch
	last    uint64    // and the last number with it
	since   time.Time // when the last post before this batch was made
	room    string
	entries []entry
	size    int // about how many bytes of memory it takes
	forms   [proto.Forms]atomic.Pointer[encoding]
}

type encoding struct {
	bytes []byte
	ends  []int // where each entry ends in bytes
}

// encoded returns the batch in the form f. The bytes are shared and must not be changed.
// Goroutines that encode it at the same time all return the same encoding.
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
	before := b.since
	for i := range b.entries {
		if it := &b.entries[i]; it.event == nil {
			e.bytes = proto.DayLine(e.bytes, f, before, it.post.Time)
			before = it.post.Time
		}
		e.bytes = b.entries[i].line(b.room).Append(e.bytes, f)
		e.ends[i] = len(e.bytes)
	}
	return e
}

// written returns about how many bytes the batch has as text.
func (b *batch) written() int {
	size := 0
	for i := range b.entries {
		size += len(b.room) + len(b.entries[i].post.Nick) + len(b.entries[i].post.Text) + 32
	}
	return size
}

// hasPostOf reports whether a post of the batch is the session's.
func (b *batch) hasPostOf(session uint64) bool {
	for i := range b.entries {
		if it := &b.entries[i]; it.from == session && it.event == nil {
			return true
		}
	}
	return false
}

// until returns when the last post up to the end of the batch was made.
func (b *batch) until() time.Time {
	for i := len(b.entries) - 1; i >= 0; i-- {
		if it := &b.entries[i]; it.event == nil {
			return it.post.Time
		}
	}
	return b.since
}

// A sharedLog holds the newest batches of a room for all its members. Room.mu guards
// publish; reading takes no lock. Readers remember the position of a batch and not the
// batch, so that a slow reader keeps no memory in use.
type sharedLog struct {
	newest atomic.Pointer[batch] // the last one that is published
	oldest atomic.Uint64         // position of the first batch that is kept
	slots  atomic.Pointer[ring]
	size   int
	budget *budget
}

// A ring holds the batch of position p in slot p modulo its length, which is a power of
// two.
type ring []atomic.Pointer[batch]

const minRing = 16

// start makes the log empty after number head, whose post was made at last.
func (l *sharedLog) start(head uint64, last time.Time, b *budget) {
	slots := make(ring, minRing)
	l.budget = b
	l.slots.Store(&slots)
	l.oldest.Store(1)
	l.newest.Store(&batch{last: head, before: head, since: last})
}

// publish appends b, makes it visible to readers, and trims the log.
func (l *sharedLog) publish(b *batch) {
	newest := l.newest.Load()
	b.pos, b.before, b.since = newest.pos+1, newest.last, newest.until()
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

// head returns the position after all that is published.
func (l *sharedLog) head() Position {
	newest := l.newest.Load()
	return Position{newest.pos + 1, newest.last}
}

// trim drops the oldest batches until the log takes at most size bytes. It keeps the
// newest in any case.
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

// free gives the log's memory back to the budget, at the end of the room.
func (l *sharedLog) free() { l.budget.release(l.size) }

// at returns the batch of a position that is published, or nil if it was dropped.
func (l *sharedLog) at(pos uint64) *batch {
	slots := *l.slots.Load()
	if b := slots.slot(pos).Load(); b != nil && b.pos == pos {
		return b
	}
	return nil
}

// after returns the position at which a reader that has everything up to number seq goes
// on: that of the first batch kept that ends at seq or later.
func (l *sharedLog) after(seq uint64) uint64 {
	oldest, newest := l.oldest.Load(), l.newest.Load()
	n := int(newest.pos + 1 - oldest)
	return oldest + uint64(sort.Search(n, func(i int) bool {
		b := l.at(oldest + uint64(i))
		return b != nil && b.last >= seq
	}))
}

// A budget is the memory that the logs of all rooms may take together. Each log may take
// an eighth of what is free, within the bounds below (dynamic thresholds: A. K.
// Choudhury and E. L. Hahne, 1998), so that no room ever has to trim another's log. Any
// goroutine may use it.
type budget struct {
	size  int64
	saved atomic.Int64 // of size, while memory is short
	used  atomic.Int64
}

const (
	minLog    = 8 << 10
	maxLog    = 1 << 20
	logShares = 8
)

func (b *budget) reserve(n int) { b.used.Add(int64(n)) }
func (b *budget) release(n int) { b.used.Add(int64(-n)) }

func (b *budget) share() int {
	return int(max(minLog, min(maxLog, (b.size-b.saved.Load()-b.used.Load())/logShares)))
}
