package hub

import (
	"context"
	"errors"
	"slices"
	"sync/atomic"
	"time"

	"linechat/chatd/internal/history"
	"linechat/chatd/proto"
)

// PageSize is about how many bytes a reader takes from a room or the store at a time.
const PageSize = 32 << 10

// ReadOptions say which lines of a room a session reads, and in which form. The zero
// value is all lines, as text, for no session.
type ReadOptions struct {
	Form       proto.Form
	Session    uint64 // the session that reads
	NoEcho     bool   // leave out the session's own posts
	NoPresence bool   // leave out JOINED, LEFT and RENAMED of others; its own are left out anyway
	Current    *Room  // its current room: of all others lines for people are tagged

	// Ignored is the nicks whose posts, JOINED and LEFT are left out for people. Nil: nobody's.
	Ignored *atomic.Pointer[Ignored]

	// Own reports whether a post that was read from the store is the session's own.
	// It is called only where own posts are left out, and only for posts that the cursor had not passed.
	Own func(room *Room, p *history.Post) bool
}

// noEcho reports whether the session's own posts are left out: in a conversation its user
// has typed them already.
func (o *ReadOptions) noEcho() bool { return o.NoEcho || o.Form.IsPeople() }

// form returns the form in which a room's lines are written.
func (o *ReadOptions) form(r *Room) proto.Form {
	if r == o.Current {
		return o.Form
	}
	return o.Form.Tagged()
}

// hides reports whether the options leave an entry out, whoever is ignored.
func (o *ReadOptions) hides(e *entry) bool {
	own := e.from == o.Session
	if e.event == nil {
		return own && o.noEcho()
	}
	switch e.event.kind {
	case proto.JOINED, proto.LEFT, proto.RENAMED:
		return own || o.NoPresence
	}
	return false
}

// ignores reports whether an entry is left out because of its nick.
func (o *ReadOptions) ignores(e *entry) bool {
	switch {
	case !o.ignoresSome():
		return false
	case e.event == nil:
		return o.Ignored.Load().Has(e.post.Nick)
	}
	return (e.event.kind == proto.JOINED || e.event.kind == proto.LEFT) && o.Ignored.Load().Has(e.event.nick)
}

// ignoresSome reports whether entries may be left out because of their nicks.
func (o *ReadOptions) ignoresSome() bool {
	return o.Form.IsPeople() && o.Ignored != nil && o.Ignored.Load().any()
}

// verbatim reports whether all entries of the batch are to be read by a cursor that has
// passed number seen, so that its shared bytes can be written as they are.
func (o *ReadOptions) verbatim(b *batch, seen uint64) bool {
	switch {
	case seen > b.before:
		return false
	case o.ignoresSome():
		return !slices.ContainsFunc(b.entries, func(e entry) bool { return o.hides(&e) || o.ignores(&e) })
	case len(b.entries) == 1:
		return !o.hides(&b.entries[0])
	}
	return !o.noEcho() || !b.hasPostOf(o.Session) // JOINED, LEFT and RENAMED stand alone in their batch
}

// A Cursor reads a room's lines from one position on. One goroutine at a time, the
// session's writer, may use it.
type Cursor struct {
	room    *Room
	pos     uint64 // of the next batch
	lastSeq uint64 // the last number that it has passed
}

// Room returns the room that the cursor reads.
func (c *Cursor) Room() *Room { return c.room }

// A Position is a place between two batches of a room's log.
type Position struct {
	pos uint64 // of the batch after it
	seq uint64 // the last number before it
}

// Next returns the next lines before to, about PageSize bytes at most, and whether there
// are more. Bytes that many members share are returned as shared, which the caller must
// not change; other lines are appended to buf. If the log has dropped the cursor's batch
// the lines come from the store, which may take long. history.ErrFailed.
func (c *Cursor) Next(ctx context.Context, to Position, o *ReadOptions, buf []byte) (shared, newBuf []byte, more bool, err error) {
	shared, buf, more, ok := c.NextLogged(to, o, buf)
	if ok {
		return shared, buf, more, nil
	}
	b, buf, err := c.catchUp(ctx, to, o, buf)
	if b == nil {
		return nil, buf, c.pos < to.pos, err
	}
	shared, buf, more = c.read(b, to, o, buf)
	return shared, buf, more, nil
}

// NextLogged is Next for a cursor whose batch the log still has, and does not wait. If
// the log has dropped it, ok is false and the cursor stays where it is.
func (c *Cursor) NextLogged(to Position, o *ReadOptions, buf []byte) (shared, newBuf []byte, more, ok bool) {
	if c.pos >= to.pos {
		return nil, buf, false, true
	}
	b := c.room.log.at(c.pos)
	if b == nil {
		return nil, buf, true, false
	}
	shared, buf, more = c.read(b, to, o, buf)
	return shared, buf, more, true
}

// read reads the batch b, which is the next one, and moves the cursor past it.
func (c *Cursor) read(b *batch, to Position, o *ReadOptions, buf []byte) (shared, newBuf []byte, more bool) {
	seen := c.lastSeq
	c.pos, c.lastSeq = b.pos+1, max(seen, b.last)
	if o.verbatim(b, seen) {
		return b.encoded(o.form(c.room)).bytes, buf, c.pos < to.pos
	}
	return nil, b.appendTo(buf, o, o.form(c.room), seen), c.pos < to.pos
}

// appendTo appends the batch's lines after number seen that o does not leave out. Of a post
// that it leaves out it appends the date, where a day begins with it and it is not the
// room's first.
func (b *batch) appendTo(buf []byte, o *ReadOptions, f proto.Form, seen uint64) []byte {
	e := b.encoded(f)
	from, before := 0, b.since
	for i := range b.entries {
		it := &b.entries[i]
		switch read := it.event != nil || it.post.Seq > seen; {
		case read && !o.hides(it) && !o.ignores(it):
			buf = append(buf, e.bytes[from:e.ends[i]]...)
		case read && it.event == nil && !before.IsZero():
			buf = proto.DayLine(buf, f, before, it.post.Time)
		}
		if it.event == nil {
			before = it.post.Time
		}
		from = e.ends[i]
	}
	return buf
}

// catchUp moves a cursor whose batch the log has dropped. It returns the batch to go on
// with if the log has the next number, else lines from the store.
func (c *Cursor) catchUp(ctx context.Context, to Position, o *ReadOptions, buf []byte) (*batch, []byte, error) {
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
	buf, err := c.readStore(ctx, last, o, buf)
	if b == nil && c.lastSeq >= to.seq {
		c.pos = to.pos
	}
	return nil, buf, err
}

// readStore reads a page of the store after the last number passed, up to number to at
// most, which must be published.
func (c *Cursor) readStore(ctx context.Context, to uint64, o *ReadOptions, buf []byte) ([]byte, error) {
	if c.lastSeq >= to {
		return buf, nil
	}
	page, err := c.room.Page(ctx, c.lastSeq+1, to)
	switch {
	case errors.Is(err, history.ErrNoRoom):
		return c.skip(to, dropped, o, buf), nil
	case err != nil:
		return buf, err
	case page.First > c.lastSeq+1:
		buf = c.skip(min(page.First-1, to), retention, o, buf)
	}
	f := o.form(c.room)
	var before time.Time
	for i := range page.Posts {
		p := &page.Posts[i]
		c.lastSeq = p.Seq
		if o.noEcho() && o.Own(c.room, p) || o.ignoresSome() && o.Ignored.Load().Has(p.Nick) {
			continue
		}
		buf = c.room.Line(p).Append(proto.DayLine(buf, f, before, p.Time), f)
		before = p.Time
	}
	return buf, nil
}

// skip passes the posts up to number to, and appends the GAP that names them.
func (c *Cursor) skip(to uint64, why string, o *ReadOptions, buf []byte) []byte {
	gap := proto.Line{Type: proto.GAP, Room: c.room.name.Shown, From: c.lastSeq + 1, To: to, Why: why}
	c.lastSeq = to
	return gap.Append(buf, o.form(c.room))
}

// The reasons in a GAP line.
const (
	retention = "retention"
	dropped   = "dropped"
)

// Gap returns the line that says that retention has deleted the posts from … to ….
func Gap(room string, from, to uint64) proto.Line {
	return proto.Line{Type: proto.GAP, Room: room, From: from, To: to, Why: retention}
}
