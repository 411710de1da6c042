package conn

import (
	"slices"
	"sync"

	"linechat/chatd/internal/history"
	"linechat/chatd/internal/hub"
	"linechat/chatd/proto"
)

// How much may wait to be written to one session. Beyond PageSize of replies its input
// waits; further private lines are refused, and further notices are dropped.
const (
	PageSize   = 32 << 10 // bytes
	MaxPosts   = 512      // posts under way
	MaxPrivate = 256      // TELL lines
	maxNotices = 64

	shortPage = 2 << 10 // PageSize while memory is short
)

// lineSize is how many bytes most lines of replies have at most.
const lineSize = 64

// A slot is the place of a reply in the outbox, or, where the reply is long, that of one
// page of it.
type slot struct {
	size      int        // bytes of Outbox.text that belong to it
	open      bool       // a page: the reply goes on, and no event may come before its rest
	post      *PostReply // the reply is this post's, once it is answered
	onWritten func()     // called by the writer when the slot is written
}

func (s *slot) ready() bool { return s.post == nil || s.post.answered }

// An Outbox is the replies of one session, in the order of its commands, and the lines
// that belong neither to a reply nor to a room. The session's Writer takes them. Its
// methods are for the session's reader alone, but for Tell and Notice, which any
// goroutine may call; Form is the reader's, too.
type Outbox struct {
	Form proto.Form // how the lines of replies are written

	backpressured bool
	writer        *Writer

	mu      sync.Mutex
	changed chan struct{} // holds a token when the reader, if it waits, is to look again; nil: it never has waited
	waiting bool          // the reader waits

	slots    []slot
	text     []byte // of the slots, in their order
	ended    int    // bytes of text that belong to a slot; the rest is being added
	posts    int    // under way
	barriers int    // slots whose onWritten is still to be called
	control  []byte // telnet's answers
	private  []private
	tells    int  // how many of them are TELLs
	aborted  bool // the reader is to wait for the peer no more
	left     bool // Tell finds nobody
	closed   bool // nothing is written any more
}

// A private is a line that belongs to no room: a TELL, or with no one it is from a
// NOTICE.
type private struct{ from, text string }

func (p private) line() *proto.Line {
	if p.from == "" {
		return &proto.Line{Type: proto.NOTICE, Text: p.text}
	}
	return &proto.Line{Type: proto.TELL, Nick: p.from, Text: p.text}
}

// WriteLine adds one line to the reply under way. A long reply is handed over page by
// page, so that it is never collected: then WriteLine waits for the peer.
func (o *Outbox) WriteLine(l *proto.Line) {
	o.mu.Lock()
	o.text = l.Append(slices.Grow(o.text, lineSize), o.Form)
	size := len(o.text) - o.ended
	o.mu.Unlock()
	if size >= o.pageSize() {
		o.end(slot{open: true})
		o.FlushAndWait()
	}
}

// EndReply ends the reply to a command.
func (o *Outbox) EndReply() { o.end(slot{}) }

// EndReplyThen ends a reply, and has the writer call onWritten when it is written, before
// any event that comes after it.
func (o *Outbox) EndReplyThen(onWritten func()) { o.end(slot{onWritten: onWritten}) }

// Barrier ends a reply that changes how lines are written, and waits until it is written
// and change was called: what later commands cause is written in the new way.
func (o *Outbox) Barrier(change func()) {
	o.end(slot{onWritten: change})
	o.writer.Flush()
	o.await(func() bool { return o.aborted || o.barriers == 0 })
}

// Post gives a post its place among the replies. It is to be called before a room is
// handed the post, for the answer may come at once.
func (o *Outbox) Post(p *PostReply) {
	p.Owner, p.outbox, p.form = p, o, o.Form
	o.end(slot{post: p})
}

func (o *Outbox) end(s slot) {
	o.mu.Lock()
	s.size = len(o.text) - o.ended
	o.ended = len(o.text)
	o.slots = append(o.slots, s)
	if s.post != nil {
		o.posts++
	}
	if s.onWritten != nil {
		o.barriers++
	}
	o.backpressured = !o.belowHighWater()
	o.mu.Unlock()
}

// Control adds telnet's answers, which go out between any two lines. A peer that only
// negotiates waits for them to be written.
func (o *Outbox) Control(answer []byte) {
	o.mu.Lock()
	o.control = append(o.control, answer...)
	full := len(o.control) >= PageSize
	o.mu.Unlock()
	if full {
		o.FlushAndWait()
	}
}

// Backpressured reports whether so much waited to be written when the last reply ended
// that input is to wait: FlushAndWait is due.
func (o *Outbox) Backpressured() bool { return o.backpressured }

// belowHighWater reports whether so little waits to be written that input may go on.
func (o *Outbox) belowHighWater() bool {
	return o.ended < o.pageSize() && len(o.slots) < 2*MaxPosts && len(o.control) < PageSize
}

func (o *Outbox) pageSize() int {
	if short := o.writer.config.Short; short != nil && short() {
		return shortPage
	}
	return PageSize
}

// FlushAndWait writes what can be written, and waits while too much is left.
func (o *Outbox) FlushAndWait() {
	o.backpressured = false
	o.writer.Flush()
	o.await(func() bool { return o.aborted || o.belowHighWater() })
}

// AwaitPosts waits until fewer than n posts are under way.
func (o *Outbox) AwaitPosts(n int) {
	below := func() bool { return o.aborted || o.posts < n }
	if !o.is(below) {
		o.writer.Wake()
		o.await(below)
	}
}

// AwaitReplies waits until all posts are answered. What is ready is written meanwhile,
// for the command that follows may take long.
func (o *Outbox) AwaitReplies() {
	o.AwaitPosts(1)
	if o.is(func() bool { return len(o.slots) > 0 }) {
		o.writer.Wake()
	}
}

// await waits until ready, which is called with the mutex held, returns true.
func (o *Outbox) await(ready func() bool) {
	if o.is(ready) {
		return
	}
	o.writer.owner.Block()
	for !o.isOrWait(ready) {
		<-o.changed
	}
}

// isOrWait returns what ready returns. If that is false, the reader is about to wait.
func (o *Outbox) isOrWait(ready func() bool) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.changed == nil {
		o.changed = make(chan struct{}, 1)
	}
	o.waiting = !ready()
	return !o.waiting
}

// is returns what ready, called with the mutex held, returns.
func (o *Outbox) is(ready func() bool) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	return ready()
}

// update changes the outbox, and has the reader look, if it waits.
func (o *Outbox) update(change func()) {
	if o.lockedUpdate(change) {
		select {
		case o.changed <- struct{}{}:
		default: // it has not seen the last one yet
		}
	}
}

func (o *Outbox) lockedUpdate(change func()) (readerWaits bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	change()
	return o.waiting
}

// Leave waits until no post is under way, for what was accepted is finished even when the
// session has ended. From then on Tell finds nobody.
func (o *Outbox) Leave() {
	o.await(func() bool { return o.posts == 0 })
	o.update(func() { o.left = true })
}

// Tell adds a private line. It does not wait. hub.ErrNoUser, after Leave;
// hub.ErrBusyUser.
func (o *Outbox) Tell(from, text string) error {
	err := o.addTell(from, text)
	if err == nil {
		o.writer.Wake()
	}
	return err
}

func (o *Outbox) addTell(from, text string) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	switch {
	case o.left:
		return hub.ErrNoUser
	case o.tells >= MaxPrivate:
		return hub.ErrBusyUser
	}
	o.tells++
	o.private = append(o.private, private{from, text})
	return nil
}

// Notice adds a line from the server, unless many wait already. It does not wait.
func (o *Outbox) Notice(text string) {
	o.mu.Lock()
	if len(o.private)-o.tells < maxNotices {
		o.private = append(o.private, private{text: text})
	}
	o.mu.Unlock()
	o.writer.Wake()
}

// take moves the complete replies at the head of the slots to b, and what belongs to no
// reply unless the writer is inside one. It returns the replies' text, which nobody
// changes any more.
func (o *Outbox) take(b *flushBatch, f proto.Form) (text []byte) {
	o.update(func() { text = o.lockedTake(b, f) })
	return text
}

func (o *Outbox) lockedTake(b *flushBatch, f proto.Form) (text []byte) {
	b.buf = append(b.buf, o.control...)
	o.control = nil
	if !b.midReply {
		o.takePrivate(b, f)
	}
	size, n := 0, 0
	for inside := b.midReply; n < len(o.slots) && size+n*lineSize < PageSize && o.slots[n].ready(); {
		s := &o.slots[n]
		n, size = n+1, size+s.size
		ends := inside && !s.open
		inside = s.open
		if ends || s.onWritten != nil {
			b.more = true // what comes after it wants the rooms' lines first,
			break         // and which rooms these are may be changing
		}
	}
	b.slots = append(b.slots, o.slots[:n]...)
	text = o.text[:size]
	o.drop(n, size)
	b.more = b.more || len(o.slots) > 0 && o.slots[0].ready() || len(o.private) > 0 && !b.endsMidReply()
	return text
}

// takePrivate moves about a page of the lines that belong to no room to b.
func (o *Outbox) takePrivate(b *flushBatch, f proto.Form) {
	n := 0
	for ; n < len(o.private) && len(b.buf) < PageSize; n++ {
		p := o.private[n]
		b.buf = p.line().Append(b.buf, f)
		if p.from != "" {
			o.tells--
		}
	}
	if o.private = slices.Delete(o.private, 0, n); len(o.private) == 0 {
		o.private = nil
	}
}

// drop removes the first n slots and their text.
func (o *Outbox) drop(n, size int) {
	o.ended -= size
	if o.text = o.text[size:]; len(o.text) == 0 {
		o.text = nil
	}
	if o.slots = slices.Delete(o.slots, 0, n); len(o.slots) == 0 && cap(o.slots) > MaxPosts/8 {
		o.slots = nil
	}
}

// owns reports whether a post read from the store is one of the session's own whose reply
// has not been taken.
func (o *Outbox) owns(room *hub.Room, stored *history.Post) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	return ownAmong(o.slots, room, stored)
}

func ownAmong(slots []slot, room *hub.Room, stored *history.Post) bool {
	return slices.ContainsFunc(slots, func(s slot) bool { return s.post != nil && s.post.is(room, stored) })
}
