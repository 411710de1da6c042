package server

import (
	"slices"
	"sync"

	"linechat/chatd/internal/history"
	"linechat/chatd/internal/hub"
	"linechat/chatd/proto"
)

// What waits to be written to one session, at most. Beyond pageSize of answers
// its input waits; private lines are refused; notices are passed over.
const (
	pageSize   = 32 << 10
	maxPosts   = 512
	maxPrivate = 256
	maxNotices = 64
)

// lineSize is how many bytes most answers have at most.
const lineSize = 64

// An item is an answer's place in the queue, or, where an answer is long, that
// of one page of it.
type item struct {
	size  int      // bytes of queue.text that belong to it
	open  bool     // a page: the answer goes on, and no event may come before its rest
	post  *pending // the answer is this post's, when it has one
	after func()   // run by the writer when the item is written
}

func (it *item) ready() bool { return it.post == nil || it.post.answered }

// A pending is a post under way. It becomes its own answer.
type pending struct {
	hub.Post
	session  *session
	verb     string
	form     proto.Form // of the answer
	at       handle
	answered bool // guarded by queue.mu
}

// Answered implements hub.Poster.
func (p *pending) Answered() {
	s := p.session
	p.at.close()
	q := &s.queue
	q.mu.Lock()
	p.answered = true
	p.Text = "" // the room has it; the answer may wait for long
	q.posts--
	if q.waiting {
		q.changed.Broadcast()
	}
	q.mu.Unlock()
}

// Wake implements hub.Poster.
func (p *pending) Wake() { p.session.flush() }

// appendAnswer appends the post's OK or ERR.
func (p *pending) appendAnswer(dst []byte) []byte {
	if p.Err != nil {
		line := proto.ErrLine(p.verb, p.session.refusal(p.Err, p.at.Name().Shown))
		return line.Append(dst, p.form)
	}
	line := proto.Line{Type: proto.OK, Verb: p.verb, Room: p.at.Name().Shown, Seq: p.Seq}
	return line.Append(dst, p.form)
}

// A queue is the answers of one session, in the order of its commands, and the
// lines that belong to no room. The session's reader adds, its writer takes.
type queue struct {
	mu      sync.Mutex
	changed sync.Cond // something was taken or answered, or the session has ended
	waiting bool      // the reader waits for changed

	items   []item
	text    []byte // of the items, in their order
	pushed  int    // bytes of text that belong to an item; the rest is being added
	posts   int    // under way
	changes int    // items whose after is still to be run
	control []byte // telnet's answers
	private []private
	tells   int  // how many of them are TELLs
	ended   bool // the reader is to wait no more
	left    bool // the nick is given back
	closed  bool // nothing is written any more
}

// A private is a line that belongs to no room: a TELL, or with no one it is
// from a NOTICE.
type private struct{ from, text string }

func (p private) line() *proto.Line {
	if p.from == "" {
		return &proto.Line{Type: proto.NOTICE, Text: p.text}
	}
	return &proto.Line{Type: proto.TELL, Nick: p.from, Text: p.text}
}

// say adds one line to the answer under way. The answer's pages are handed
// over one by one, so that a long one is never collected.
func (s *session) say(l *proto.Line) {
	if s.queue.add(l, s.form) >= pageSize {
		s.push(item{open: true})
		s.drain()
	}
}

// add appends a line to the text that belongs to no item yet, and returns how
// long that is.
func (q *queue) add(l *proto.Line, f proto.Form) int {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.text = l.Append(slices.Grow(q.text, lineSize), f)
	return len(q.text) - q.pushed
}

// push ends an answer, or a page of it.
func (s *session) push(it item) {
	q := &s.queue
	q.mu.Lock()
	it.size = len(q.text) - q.pushed
	q.pushed = len(q.text)
	q.items = append(q.items, it)
	if it.post != nil {
		q.posts++
	}
	if it.after != nil {
		q.changes++
	}
	s.full = !q.spacious()
	q.mu.Unlock()
}

// takeEffect ends an answer that changes how lines are written, and waits until
// it is written: what the commands behind it cause is written in the new way.
func (s *session) takeEffect(change func()) {
	s.push(item{after: change})
	s.flush()
	s.await(func(q *queue) bool { return q.changes == 0 })
}

// spacious reports whether so little waits to be written that input may go on.
func (q *queue) spacious() bool {
	return q.pushed < pageSize && len(q.items) < 2*maxPosts && len(q.control) < pageSize
}

// drain writes what can be written, and waits while too much is left.
func (s *session) drain() {
	s.full = false
	s.flush()
	s.await((*queue).spacious)
}

// await waits until ready says so, with the queue locked, or the session has
// ended.
func (s *session) await(ready func(*queue) bool) {
	s.awaitEven(func(q *queue) bool { return q.ended || ready(q) })
}

// awaitEven is await even when the session has ended. Only its reader waits.
func (s *session) awaitEven(ready func(*queue) bool) {
	if !s.queue.is(ready) {
		s.Block()
		s.queue.await(ready)
	}
}

// is reports what ready says, with the queue locked.
func (q *queue) is(ready func(*queue) bool) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	return ready(q)
}

// await waits until ready says so, with the queue locked.
func (q *queue) await(ready func(*queue) bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	for q.waiting = true; !ready(q); {
		q.changed.Wait()
	}
	q.waiting = false
}

// awaitPosts waits until fewer than n posts are under way.
func (s *session) awaitPosts(n int) {
	few := func(q *queue) bool { return q.posts < n }
	if !s.queue.is(few) {
		s.wake()
		s.await(few)
	}
}

// awaitAnswers waits until no post is under way, even when the session has
// ended: what was accepted is finished.
func (s *session) awaitAnswers() { s.awaitEven(func(q *queue) bool { return q.posts == 0 }) }

// awaitSilence waits until nothing is written any more.
func (s *session) awaitSilence() { s.awaitEven(func(q *queue) bool { return q.closed }) }

// Tell implements hub.User.
func (s *session) Tell(from, text string) error {
	q := &s.queue
	q.mu.Lock()
	defer q.mu.Unlock()
	switch {
	case q.left:
		return hub.ErrNoUser
	case q.tells >= maxPrivate:
		return hub.ErrBusyUser
	}
	q.tells++
	q.private = append(q.private, private{from, text})
	s.wake()
	return nil
}

// notice adds a line from the server, unless many wait already.
func (s *session) notice(text string) {
	q := &s.queue
	q.mu.Lock()
	if len(q.private)-q.tells < maxNotices {
		q.private = append(q.private, private{text: text})
	}
	q.mu.Unlock()
	s.wake()
}

// reply is telnet's way to answer. A peer that only negotiates waits for its
// answers to be written.
func (s *session) reply(answer []byte) {
	q := &s.queue
	q.mu.Lock()
	q.control = append(q.control, answer...)
	full := len(q.control) >= pageSize
	q.mu.Unlock()
	if full {
		s.drain()
	}
}

// owns reports whether a post read from the store is one of the session's own
// whose answer is not written yet. The writer asks, in its turn.
func (s *session) owns(room *hub.Room, p *history.Post) bool {
	q := &s.queue
	q.mu.Lock()
	defer q.mu.Unlock()
	own := func(it item) bool { return it.post != nil && it.post.is(room, p) }
	return slices.ContainsFunc(s.out.turn.items, own) || slices.ContainsFunc(q.items, own)
}

// is reports whether p is the stored form of this post. While it is under way
// its text decides.
func (own *pending) is(room *hub.Room, p *history.Post) bool {
	if own.at.Room != room || own.answered {
		return own.at.Room == room && own.Seq == p.Seq
	}
	return own.Nick == p.Nick && own.Text == p.Text
}

// take moves the complete answers at the queue's head to t, and what belongs
// to no answer unless the writer is inside one.
func (q *queue) take(t *turn, w *writer) {
	q.mu.Lock()
	defer q.mu.Unlock()
	t.buf = append(t.buf, q.control...)
	q.control = nil
	if !w.midway {
		q.takePrivate(t, w.view.Form)
	}
	used, n := 0, 0
	for ; n < len(q.items) && len(t.answers) < pageSize && q.items[n].ready(); n++ {
		it := q.items[n]
		if it.post != nil {
			t.answers = it.post.appendAnswer(t.answers)
		}
		t.answers = append(t.answers, q.text[used:used+it.size]...)
		used += it.size
		t.items = append(t.items, it)
		ends := w.midway && !it.open
		w.midway = it.open
		if ends || it.after != nil {
			n++
			t.more = true // what comes behind it wants the rooms' lines first,
			break         // and which rooms these are may be changing
		}
	}
	q.drop(n, used)
	t.more = t.more || len(q.private) > 0 && !w.midway || len(q.items) > 0 && q.items[0].ready()
	if q.waiting {
		q.changed.Broadcast()
	}
}

// takePrivate moves about a page of the lines that belong to no room to t.
func (q *queue) takePrivate(t *turn, f proto.Form) {
	n := 0
	for ; n < len(q.private) && len(t.buf) < pageSize; n++ {
		p := q.private[n]
		t.buf = p.line().Append(t.buf, f)
		if p.from != "" {
			q.tells--
		}
	}
	if q.private = slices.Delete(q.private, 0, n); len(q.private) == 0 {
		q.private = nil
	}
}

// applied notes that an item's after was run.
func (q *queue) applied() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.changes--
	q.changed.Broadcast()
}

// drop removes the first n items and their text.
func (q *queue) drop(n, size int) {
	q.pushed -= size
	if q.text = q.text[size:]; len(q.text) == 0 {
		q.text = nil
	}
	if q.items = slices.Delete(q.items, 0, n); len(q.items) == 0 && cap(q.items) > maxPosts/8 {
		q.items = nil
	}
}
