package hub

import (
	"context"

	"linechat/chatd/internal/history"
	"linechat/chatd/proto"
)

// PageSize is about how many bytes a reader takes from a room or the store at
// a time.
const PageSize = 32 << 10

// A ReadOptions is how one session sees a room's lines.
type ReadOptions struct {
	Form       proto.Form
	Session    uint64 // whose view it is
	NoEcho     bool   // without the session's own posts
	NoPresence bool   // without JOINED, LEFT and RENAMED

	// Own tells the session's own posts among those read from the store. It is
	// asked only with NoEcho, and only for posts not yet passed by the cursor.
	Own func(room *Room, p *history.Post) bool
}

// hides reports whether the view leaves an entry out.
func (v *ReadOptions) hides(e *entry) bool {
	own := e.from == v.Session
	if e.event == nil {
		return own && v.NoEcho
	}
	switch e.event.kind {
	case proto.JOINED, proto.LEFT, proto.RENAMED:
		return own || v.NoPresence
	}
	return false
}

// verbatim reports whether the view leaves out no entry of the batch and none is
// to be passed over, so that its shared bytes can be written as they are.
func (v *ReadOptions) verbatim(b *batch, seen uint64) bool {
	if seen > b.before {
		return false
	}
	if len(b.entries) == 1 {
		return !v.hides(&b.entries[0])
	}
	return !v.NoEcho // of several entries none is JOINED, LEFT or RENAMED
}

// A Cursor is one member's position in a room's log. It belongs to the
// session's writer: one goroutine at a time.
type Cursor struct {
	room    *Room
	pos     uint64 // the next batch
	lastSeq uint64 // the last number passed
}

// Room returns the room that the cursor reads.
func (c *Cursor) Room() *Room { return c.room }

// A Position is a place in a room's order.
type Position struct {
	pos uint64 // behind the batch before it
	seq uint64 // the last number before it
}

// Next returns the lines that come next before to, at most about PageSize
// bytes, and whether there are any further ones. Where all of a batch is for
// the view its bytes are returned as shared; else the lines are appended to buf.
// Where the log no longer reaches back to the cursor they come from the store,
// which may take long and fail.
func (c *Cursor) Next(ctx context.Context, to Position, v *ReadOptions, buf []byte) (shared, newBuf []byte, more bool, err error) {
	shared, buf, more, ok := c.NextLogged(to, v, buf)
	if ok {
		return shared, buf, more, nil
	}
	b, buf, err := c.catchUp(ctx, to, v, buf)
	if b == nil {
		return nil, buf, c.pos < to.pos, err
	}
	shared, buf, more = c.read(b, to, v, buf)
	return shared, buf, more, nil
}

// NextLogged is Next as long as the log reaches back to the cursor, so that it
// does not wait; where the log does not, ok is false and nothing is done.
func (c *Cursor) NextLogged(to Position, v *ReadOptions, buf []byte) (shared, newBuf []byte, more, ok bool) {
	if c.pos >= to.pos {
		return nil, buf, false, true
	}
	b := c.room.log.at(c.pos)
	if b == nil {
		return nil, buf, true, false
	}
	shared, buf, more = c.read(b, to, v, buf)
	return shared, buf, more, true
}

// read takes the lines of b, the batch to go on with.
func (c *Cursor) read(b *batch, to Position, v *ReadOptions, buf []byte) (shared, newBuf []byte, more bool) {
	seen := c.lastSeq
	c.pos, c.lastSeq = b.pos+1, max(seen, b.last)
	if v.verbatim(b, seen) {
		return b.encoded(v.Form).bytes, buf, c.pos < to.pos
	}
	return nil, b.appendTo(buf, v, seen), c.pos < to.pos
}

// appendTo appends the batch's lines behind number seen, as far as v has them.
func (b *batch) appendTo(buf []byte, v *ReadOptions, seen uint64) []byte {
	e := b.encoded(v.Form)
	from := 0
	for i := range b.entries {
		if it := &b.entries[i]; !v.hides(it) && (it.event != nil || it.post.Seq > seen) {
			buf = append(buf, e.bytes[from:e.ends[i]]...)
		}
		from = e.ends[i]
	}
	return buf
}

// catchUp moves a cursor that has fallen behind the log. It returns the batch
// to go on with where the log holds the next number, else lines from the store.
func (c *Cursor) catchUp(ctx context.Context, to Position, v *ReadOptions, buf []byte) (*batch, []byte, error) {
	var b *batch
	if pos := c.room.log.after(c.lastSeq); pos < to.pos {
		b = c.room.log.at(pos)
	}
	last := to.seq
	if b != nil {
		if b.before <= c.lastSeq {
			return b, buf, nil
		}
		last = b.before
	}
	buf, err := c.readStore(ctx, last, v, buf)
	if b == nil && c.lastSeq >= to.seq {
		c.pos = to.pos
	}
	return nil, buf, err
}

// readStore reads a page of the store behind the last number seen, at most up to
// number to, which is published.
func (c *Cursor) readStore(ctx context.Context, to uint64, v *ReadOptions, buf []byte) ([]byte, error) {
	if c.lastSeq >= to {
		return buf, nil
	}
	page, err := c.room.Page(ctx, c.lastSeq+1, to)
	if err != nil {
		return buf, err
	}
	if page.First > c.lastSeq+1 {
		gap := Gap(c.room.name.Shown, c.lastSeq+1, min(page.First-1, to))
		buf = gap.Append(buf, v.Form)
		c.lastSeq = gap.To
	}
	for i := range page.Posts {
		p := &page.Posts[i]
		c.lastSeq = p.Seq
		if v.NoEcho && v.Own(c.room, p) {
			continue
		}
		buf = c.room.Line(p).Append(buf, v.Form)
	}
	return buf, nil
}

// retention is the why of a GAP.
const retention = "retention"

// Gap returns the line that says that retention has taken posts from … to ….
func Gap(room string, from, to uint64) proto.Line {
	return proto.Line{Type: proto.GAP, Room: room, From: from, To: to, Why: retention}
}
