package conn

import (
	"slices"

	"linechat/chatd/internal/hub"
)

// A flushBatch is what the writer is about to write: complete replies, and the lines of
// the rooms up to where each had published when these were taken. It is pooled.
type flushBatch struct {
	slots    []slot
	limits   []hub.Position // by member: how far the lines of its room are to be written
	next     int            // the member, round and round, whose lines come next
	midReply bool           // it began inside a reply: without the rooms' lines
	replies  []byte         // to be written last
	more     bool           // another batch is due: further replies or lines are ready

	// What is to be written next: bytes that others share, and parts of buf, of which
	// the last one is not among the pieces yet.
	pieces [][]byte
	sum    int // bytes of the pieces
	buf    []byte
	from   int // where in buf that last part begins
}

// reset readies b for the pool, which keeps no large buffers.
func (b *flushBatch) reset() {
	clear(b.slots)
	clear(b.pieces)
	*b = flushBatch{slots: b.slots[:0], limits: b.limits[:0], replies: small(b.replies), pieces: b.pieces[:0], buf: small(b.buf)}
}

func small(b []byte) []byte {
	if cap(b) > 2*hub.PageSize {
		return nil
	}
	return b[:0]
}

// endsMidReply reports whether the batch ends inside a reply.
func (b *flushBatch) endsMidReply() bool {
	if n := len(b.slots); n > 0 {
		return b.slots[n-1].open
	}
	return b.midReply
}

// addReplies takes the replies of the slots, whose text this is.
func (b *flushBatch) addReplies(text []byte) {
	for i := range b.slots {
		s := &b.slots[i]
		if s.post != nil {
			b.replies = s.post.append(b.replies)
		}
		b.replies = append(b.replies, text[:s.size]...)
		text = text[s.size:]
	}
}

// copySize is the size below which copying costs less than a piece of its own.
const copySize = 1 << 10

// add appends p to what is to be written. p must not change until it is written.
func (b *flushBatch) add(p []byte) {
	if len(p) < copySize {
		b.buf = append(b.buf, p...)
		return
	}
	b.all()
	b.pieces = append(b.pieces, p)
	b.sum += len(p)
}

// size returns how many bytes are to be written.
func (b *flushBatch) size() int { return b.sum + len(b.buf) - b.from }

// all returns all pieces that are to be written.
func (b *flushBatch) all() [][]byte {
	if part := b.buf[b.from:]; len(part) > 0 {
		b.pieces = append(b.pieces, part)
		b.sum += len(part)
		b.from = len(b.buf)
	}
	return b.pieces
}

// written drops the first n bytes, and returns what is left.
func (b *flushBatch) written(n int) [][]byte {
	b.sum -= n
	done := 0
	for ; done < len(b.pieces) && n >= len(b.pieces[done]); done++ {
		n -= len(b.pieces[done])
	}
	b.pieces = slices.Delete(b.pieces, 0, done)
	if n > 0 {
		b.pieces[0] = b.pieces[0][n:]
	}
	if len(b.pieces) == 0 {
		b.buf, b.from = small(b.buf), 0
	}
	return b.pieces
}
