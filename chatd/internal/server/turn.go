package server

import (
	"slices"
	"sync"

	"linechat/chatd/internal/hub"
)

// A turn is the memory of one turn of writing. It is pooled.
type turn struct {
	items   []item
	heads   []hub.Position // by member: how far its room's lines are to be written
	next    int            // the member, in turn, whose lines come next
	inside  bool           // it began inside an answer: without the rooms' lines
	answers []byte         // to be written last
	more    bool           // another turn is due: further answers or lines are ready

	// What is to be written next: bytes that others share, and parts of buf,
	// of which the last one is not among the pieces yet.
	pieces [][]byte
	sum    int // bytes of the pieces
	buf    []byte
	from   int // where in buf that last part begins
}

var turns = sync.Pool{New: func() any { return new(turn) }}

// reset readies t for the pool, which keeps no large buffers.
func (t *turn) reset() {
	clear(t.items)
	clear(t.pieces)
	*t = turn{items: t.items[:0], heads: t.heads[:0], answers: small(t.answers), pieces: t.pieces[:0], buf: small(t.buf)}
}

func small(b []byte) []byte {
	if cap(b) > 2*hub.PageSize {
		return nil
	}
	return b[:0]
}

// copied is below how many bytes copying costs less than a piece of its own.
const copied = 1 << 10

// add has b written behind what there is. It is not to be changed until then.
func (t *turn) add(b []byte) {
	if len(b) < copied {
		t.buf = append(t.buf, b...)
		return
	}
	t.all()
	t.pieces = append(t.pieces, b)
	t.sum += len(b)
}

// size returns how many bytes are to be written.
func (t *turn) size() int { return t.sum + len(t.buf) - t.from }

// all returns what is to be written.
func (t *turn) all() [][]byte {
	if part := t.buf[t.from:]; len(part) > 0 {
		t.pieces = append(t.pieces, part)
		t.sum += len(part)
		t.from = len(t.buf)
	}
	return t.pieces
}

// written drops the first n bytes, and returns what is left.
func (t *turn) written(n int) [][]byte {
	t.sum -= n
	done := 0
	for ; done < len(t.pieces) && n >= len(t.pieces[done]); done++ {
		n -= len(t.pieces[done])
	}
	t.pieces = slices.Delete(t.pieces, 0, done)
	if n > 0 {
		t.pieces[0] = t.pieces[0][n:]
	}
	if len(t.pieces) == 0 {
		t.buf, t.from = small(t.buf), 0
	}
	return t.pieces
}
