package main

import (
	"fmt"
	"sync"

	"linechat/chatd/proto"
)

// An outcome is what chatd has said of a post.
type outcome uint8

// The outcomes.
const (
	unanswered outcome = iota
	acknowledged
	notStored // ERR store
	unknown   // ERR unknown
	outcomes  = iota
)

// A record is what is known of a post that was sent.
type record struct {
	outcome outcome
	seq     uint64 // if acknowledged
}

// A ledger holds what was posted, what was acknowledged and what was read, and
// finds contradictions as they come. Any goroutine may use it.
type ledger struct {
	source *source

	mu    sync.Mutex
	sent  [][]record // by poster, and number less 1
	total int        // posts sent
	rooms []roomLedger
	acked int
	seen  map[string][]uint64 // by reader and room: the last number read
	said  [outcomes]int       // how often chatd said what while the disk failed
	tally tally
}

// A roomLedger is what OKs and readers have said of one room.
type roomLedger struct {
	order   []postID // by number less 1; the zero ID: nothing was said of it
	last    uint64   // the highest number that was acknowledged
	resumed bool     // a post was stored since expectRecovery
}

func newLedger(src *source, posters int) *ledger {
	return &ledger{source: src, sent: make([][]record, posters), rooms: make([]roomLedger, len(src.rooms)), seen: map[string][]uint64{}}
}

// fault notes a fault.
func (l *ledger) fault(k kind, format string, args ...any) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.tally.add(k, 1, format, args...)
}

// faulty reports whether there has been a fault.
func (l *ledger) faulty() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.tally.any()
}

// enrol notes that there is a reader of that name, before it reads.
func (l *ledger) enrol(who string) { l.seen[who] = make([]uint64, len(l.rooms)) }

// next returns the ID of the poster's next post, which will be sent now.
func (l *ledger) next(poster uint32) postID {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.total++
	l.sent[poster] = append(l.sent[poster], record{})
	return postID{poster, uint32(len(l.sent[poster]))}
}

// acknowledge notes an OK.
func (l *ledger) acknowledge(p post, seq uint64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	rec := &l.sent[p.id.poster][p.id.n-1]
	if rec.outcome == acknowledged && rec.seq != seq {
		l.tally.add(changed, 1, "%v was acknowledged as %s %d and as %d", p.id, l.source.rooms[p.room], rec.seq, seq)
	}
	*rec = record{acknowledged, seq}
	l.acked++
	room := &l.rooms[p.room]
	room.last = max(room.last, seq)
	l.place(changed, p.room, seq, p.id)
}

// refuse notes an ERR store or ERR unknown.
func (l *ledger) refuse(p post, o outcome) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.sent[p.id.poster][p.id.n-1].outcome = o
}

// failed notes what chatd has said while the disk failed.
func (l *ledger) failed(o outcome) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.said[o]++
}

// takeFailed returns how often chatd has said what since it was last asked.
func (l *ledger) takeFailed() (said [outcomes]int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	said, l.said = l.said, said
	return said
}

// read notes a post that came from chatd.
func (l *ledger) read(who string, room int, line proto.Line) {
	id, whole := l.source.identify(line)
	l.mu.Lock()
	defer l.mu.Unlock()
	l.seen[who][room] = line.Seq
	if !whole || !l.wasSent(id) {
		l.tally.add(changed, 1, "%s read %s %d as %.100q by %s", who, line.Room, line.Seq, line.Text, line.Nick)
		return
	}
	l.place(misread, room, line.Seq, id)
}

// wasSent reports whether there is a post of that ID.
func (l *ledger) wasSent(id postID) bool {
	return int(id.poster) < len(l.sent) && 0 < id.n && int(id.n) <= len(l.sent[id.poster])
}

// place notes that number seq of a room is the post id. It is a fault of kind k
// if that was said of another one.
func (l *ledger) place(k kind, room int, seq uint64, id postID) {
	r := &l.rooms[room]
	if seq == 0 || seq > uint64(l.total) {
		l.tally.add(k, 1, "%v is said to be number %d of %s, with %d posts in all rooms", id, seq, l.source.rooms[room], l.total)
		return
	}
	for uint64(len(r.order)) < seq {
		r.order = append(r.order, postID{})
	}
	if other := r.order[seq-1]; other != (postID{}) && other != id {
		l.tally.add(k, 1, "%s %d is said to be %v and %v", l.source.rooms[room], seq, other, id)
		return
	}
	r.order[seq-1] = id
}

// reached notes that a room's last number is head: all that was acknowledged
// before must be there.
func (l *ledger) reached(room int, head uint64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if last := l.rooms[room].last; head < last {
		l.tally.add(misread, 1, "%s ends with %d, but %d was acknowledged", l.source.rooms[room], head, last)
	}
}

// lasts returns the last number that was acknowledged in each room.
func (l *ledger) lasts() []uint64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	lasts := make([]uint64, len(l.rooms))
	for i, r := range l.rooms {
		lasts[i] = r.last
	}
	return lasts
}

// behind returns which reader has not read a room up to those numbers, if there
// is one.
func (l *ledger) behind(lasts []uint64) string {
	l.mu.Lock()
	defer l.mu.Unlock()
	for who, seen := range l.seen {
		for room, last := range lasts {
			if seen[room] < last {
				return fmt.Sprintf("%s has read %s up to %d, and not %d", who, l.source.rooms[room], seen[room], last)
			}
		}
	}
	return ""
}

// expectRecovery notes that every room must store posts again.
func (l *ledger) expectRecovery() {
	l.mu.Lock()
	defer l.mu.Unlock()
	for i := range l.rooms {
		l.rooms[i].resumed = false
	}
}

// resume notes that a room stores posts again.
func (l *ledger) resume(room int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.rooms[room].resumed = true
}

// recovering returns the rooms that have not stored a post since expectRecovery.
func (l *ledger) recovering() (rooms []string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for i, r := range l.rooms {
		if !r.resumed {
			rooms = append(rooms, l.source.rooms[i])
		}
	}
	return rooms
}

// posts returns how many posts were acknowledged.
func (l *ledger) posts() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.acked
}
