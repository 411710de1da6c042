package main

import (
	"fmt"
	"sync"

	"linechat/chatd/proto"
)

// An outcome is chatd's answer to a post.
type outcome uint8

// The outcomes.
const (
	unanswered outcome = iota
	acknowledged
	notStored // ERR store
	unknown   // ERR unknown
	outcomes  = iota
)

// A record is the answer to a post that was sent.
type record struct {
	outcome outcome
	seq     uint64 // the number, if acknowledged
}

// A ledger records what was posted, acknowledged and read, and reports
// contradictions at once. Any goroutine may use it.
type ledger struct {
	source *source
	// anywhere: posters go from machine to machine. Where they go a post may come before one that
	// they have given up, and a machine may be behind the one that has acknowledged a post.
	anywhere bool

	mu    sync.Mutex
	sent  [][]record // by poster, and number less 1
	total int        // posts sent
	rooms []roomLedger
	acked int
	seen  map[string]map[int]uint64 // by reader, and by room that it reads: the last number read
	said  [outcomes]int             // how often each answer was given while the disk failed
	tally tally
}

// A roomLedger records the acknowledged and the read posts of one room.
type roomLedger struct {
	order   []postID // by number less 1; the zero ID if the post is not known
	last    uint64   // the highest acknowledged number
	resumed bool     // a post was stored since expectRecovery
}

func newLedger(src *source, posters int) *ledger {
	return &ledger{source: src, sent: make([][]record, posters), rooms: make([]roomLedger, len(src.rooms)), seen: map[string]map[int]uint64{}}
}

// fault records a fault.
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

// addReader records that there is a reader of that name, which is to read these rooms, before
// it reads.
func (l *ledger) addReader(who string, rooms ...int) {
	l.seen[who] = map[int]uint64{}
	for _, room := range rooms {
		l.seen[who][room] = 0
	}
}

// next returns the ID of the poster's next post, which is about to be sent.
func (l *ledger) next(poster uint32) postID {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.total++
	l.sent[poster] = append(l.sent[poster], record{})
	return postID{poster, uint32(len(l.sent[poster]))}
}

// acknowledge records an OK.
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

// refuse records an ERR store or ERR unknown.
func (l *ledger) refuse(p post, o outcome) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.sent[p.id.poster][p.id.n-1].outcome = o
}

// failed records an answer given while the disk failed.
func (l *ledger) failed(o outcome) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.said[o]++
}

// takeFailed returns how often each answer was given while the disk failed, since
// the last call.
func (l *ledger) takeFailed() (said [outcomes]int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	said, l.said = l.said, said
	return said
}

// read records a post that a reader read.
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

// wasSent reports whether a post of that ID was sent.
func (l *ledger) wasSent(id postID) bool {
	return int(id.poster) < len(l.sent) && 0 < id.n && int(id.n) <= len(l.sent[id.poster])
}

// place records that number seq of a room is the post id. It is a fault of kind k
// if the number is known to be another post.
func (l *ledger) place(k kind, room int, seq uint64, id postID) {
	r := &l.rooms[room]
	if seq == 0 || seq > uint64(l.total) {
		l.tally.add(k, 1, "%v was given number %d of %s, but only %d posts were sent", id, seq, l.source.rooms[room], l.total)
		return
	}
	for uint64(len(r.order)) < seq {
		r.order = append(r.order, postID{})
	}
	if other := r.order[seq-1]; other != (postID{}) && other != id {
		l.tally.add(k, 1, "%s %d is %v and also %v", l.source.rooms[room], seq, other, id)
		return
	}
	r.order[seq-1] = id
}

// reached records that a room ends with the number head, which must not be less
// than the last acknowledged number.
func (l *ledger) reached(room int, head uint64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if last := l.rooms[room].last; head < last && !l.anywhere {
		l.tally.add(misread, 1, "%s ends with %d, but %d was acknowledged", l.source.rooms[room], head, last)
	}
}

// lasts returns the last acknowledged number of each room.
func (l *ledger) lasts() []uint64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	lasts := make([]uint64, len(l.rooms))
	for i, r := range l.rooms {
		lasts[i] = r.last
	}
	return lasts
}

// behind describes a reader that has not read every room up to these numbers; "" if
// all have.
func (l *ledger) behind(lasts []uint64) string {
	l.mu.Lock()
	defer l.mu.Unlock()
	for who, seen := range l.seen {
		for room, n := range seen {
			if n < lasts[room] {
				return fmt.Sprintf("%s has read %s up to %d, and not %d", who, l.source.rooms[room], n, lasts[room])
			}
		}
	}
	return ""
}

// expectRecovery forgets which rooms have stored posts.
func (l *ledger) expectRecovery() {
	l.mu.Lock()
	defer l.mu.Unlock()
	for i := range l.rooms {
		l.rooms[i].resumed = false
	}
}

// resume records that a room has stored a post.
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
