package hub

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"linechat/chatd/internal/history"
	"linechat/chatd/proto"
)

// How much a room holds that is not stored yet. While maxWaiting posts wait,
// it takes no further ones, and their sessions are read more slowly.
const (
	maxWaiting = 1024
	maxFlying  = 512       // posts of one Append
	flyingSize = 256 << 10 // bytes of one Append
	batchSize  = 32 << 10  // bytes of one batch of the shared log
	smallBatch = 64        // posts for which a quiet room keeps memory
)

// A Poster is told of the answer to its Post by the room's goroutine, which it
// must not block.
type Poster interface {
	// Answered is called once, when Seq or Err is set.
	Answered()
	// Wake is called then, once for all posts of a session that one batch has
	// answered: the answers, and the lines of the room, are there to be written.
	Wake()
}

// A Post is what a session posts, and becomes the answer to it.
type Post struct {
	history.Post // Seq and Time are set by the room

	From  uint64 // the session
	Owner Poster
	Err   error // history.ErrFailed, history.ErrUnknown, ErrOnceMismatch

	once    *onceEntry // the key that this post took
	repeats []*Post    // of the same key, waiting for this one's answer
}

// A Topic is a room's topic and who set it; the zero value: none.
type Topic struct{ Text, By string }

// A Room is one room in use. One goroutine at a time has its turn and decides its
// order: it takes posts, hands what waits to the store, one batch at a time, and
// publishes what the store has confirmed. It never waits for the store or for a
// member. That is whoever has something for the room and finds nobody at it; what
// comes of itself, as the store's answers do, is for the room's own goroutine.
// Methods may be called from any goroutine that has a handle.
type Room struct {
	hub     *Hub
	fold    string
	handles int         // guarded by hub.mu
	leaving *time.Timer // ends the room while there is none

	ready  chan struct{} // closed when loaded
	failed error         // loading failed
	name   proto.Name

	inbox   inbox
	results chan result   // of the Append or the reading back under way
	stop    chan struct{} // closed when the last handle is released

	submitting atomic.Bool // Append has not returned

	log    sharedLog
	topic  atomic.Pointer[Topic]
	count  atomic.Int64  // members
	topics chan struct{} // holds a token while a topic is on its way to the store

	turn sync.Mutex // held while the room is worked at, which never waits

	// Guarded by turn.
	members []*Member
	taken   []*Post // from the inbox, while takeIn deals with them
	waiting []*Post // not yet at the store
	flying  []*Post // at the store
	posters []*Post // one of each session whose posts are being answered
	rows    []history.Post
	last    time.Time // of the newest post
	doubt   doubt
}

type result struct {
	first uint64
	rows  []history.Post
	err   error
}

func newRoom(h *Hub, fold string) *Room {
	return &Room{
		hub: h, fold: fold,
		ready:   make(chan struct{}),
		inbox:   newInbox(),
		results: make(chan result, 1),
		stop:    make(chan struct{}),
		topics:  make(chan struct{}, 1),
	}
}

// Name returns the room's name.
func (r *Room) Name() proto.Name { return r.name }

// Topic returns the room's topic.
func (r *Room) Topic() Topic { return *r.topic.Load() }

// Head returns the last number that is published.
func (r *Room) Head() uint64 { return r.log.newest.Load().last }

// Members returns how many members the room has.
func (r *Room) Members() uint64 { return uint64(r.count.Load()) }

// Line returns the line of a post that was read from the store, sanitised.
func (r *Room) Line(p *history.Post) *proto.Line {
	line := postLine(r.name.Shown, p)
	line.Text = proto.CleanLines(line.Text)
	return line
}

// Page returns posts from … to … as history.Store does, about PageSize bytes
// at most. The caller sees to it that to is published. history.ErrUnread, also
// if the store has not even the first of them and does not say that retention
// has taken it.
func (r *Room) Page(ctx context.Context, from, to uint64) (history.Page, error) {
	page, err := r.hub.store.Page(ctx, r.fold, from, to, PageSize)
	if err == nil && len(page.Posts) == 0 && page.First <= from {
		err = fmt.Errorf("%w: room %s has no post %d, and should", history.ErrUnread, r.name.Shown, from)
	}
	return page, err
}

// Since returns the number of the first post that is not older than t.
func (r *Room) Since(ctx context.Context, t time.Time) (uint64, error) {
	return r.hub.store.Since(ctx, r.fold, t)
}

// Search finds posts, as history.Store does.
func (r *Room) Search(ctx context.Context, q history.Query) (history.Hits, error) {
	return r.hub.store.Search(ctx, r.fold, q)
}

// Post hands p to the room, and waits while the room takes no posts. Unless
// Post fails, p's Owner is told of the answer.
func (r *Room) Post(ctx context.Context, p *Post) error {
	for {
		put, first := r.inbox.put(p)
		if first {
			r.Ring()
		}
		if put {
			break
		}
		select {
		case <-r.inbox.space:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	signal(r.inbox.space) // for the next who waits
	return nil
}

// TryPost is Post if that need not wait; it reports whether it was. Where ring is
// true the room takes the post when Ring is called: who has posts of several
// sessions to hand over has them leave together so.
func (r *Room) TryPost(p *Post) (done, ring bool) { return r.inbox.put(p) }

// Ring has the room take the posts that it was handed.
func (r *Room) Ring() { signal(r.inbox.bell) }

// A Caller is who calls a room or the hub from a goroutine that has other work,
// too. Nil is one that has not.
type Caller interface {
	// Yield is called before the caller has to wait.
	Yield()
}

func yield(c Caller) {
	if c != nil {
		c.Yield()
	}
}

// do calls f in the room's turn. It waits while others are at the room: not long,
// for they wait for nobody.
func (r *Room) do(c Caller, f func()) {
	if !r.turn.TryLock() {
		yield(c)
		r.turn.Lock()
	}
	defer r.turn.Unlock()
	f()
}

// Work has the room take the posts that it was handed, as Ring does, but here and
// now if nobody is at the room.
func (r *Room) Work() {
	if !r.turn.TryLock() {
		r.Ring()
		return
	}
	defer r.turn.Unlock()
	r.carryOn()
	if r.doubt.any() {
		r.Ring() // for the room's goroutine to see it
	}
}

// run is the room's goroutine.
func (r *Room) run() {
	row, err := r.hub.store.Room(r.hub.ctx, r.fold)
	r.failed = err
	r.name, r.last = row.Name, row.Last
	r.topic.Store(&Topic{proto.Clean(row.Topic), row.TopicBy})
	r.log.start(row.Head, &r.hub.budget)
	close(r.ready)
	defer r.log.free()
	if err != nil {
		<-r.stop
		return
	}
	for r.await() {
	}
}

// await waits until there is something for the room, and deals with it. It reports
// whether the room goes on.
func (r *Room) await() bool {
	r.turn.Lock()
	again, closing := r.doubt.again, r.doubt.closing(r.hub.ctx)
	r.turn.Unlock()
	tryAgain := false
	select {
	case <-r.inbox.bell:
	case <-again:
		tryAgain = true
	case <-closing:
		tryAgain = true // which fails, and ends it
	case <-r.stop:
		return false
	}
	r.turn.Lock()
	defer r.turn.Unlock()
	if tryAgain {
		r.readBack()
	}
	r.carryOn()
	return true
}

// mostBatches is how many batches one goroutine publishes at most before it goes on
// with its own work.
const mostBatches = 4

// carryOn publishes what the store has answered, takes posts and hands them to it,
// for as long as it answers at once.
func (r *Room) carryOn() {
	for range mostBatches {
		select {
		case res := <-r.results:
			r.settle(res)
		default:
		}
		r.takeIn()
		r.submit()
		if len(r.results) == 0 {
			return
		}
	}
	r.Ring()
}

// takeIn takes the posts of the inbox, unless too many wait.
func (r *Room) takeIn() {
	if len(r.waiting) >= maxWaiting {
		return
	}
	r.taken = r.inbox.take(r.taken[:0])
	for _, p := range r.taken {
		r.take(p)
	}
	clear(r.taken)
	if cap(r.taken) > smallBatch && len(r.taken) < smallBatch {
		r.taken = nil
	}
}

// take accepts one post, or answers it at once.
func (r *Room) take(p *Post) {
	if p.Once != "" && r.repeats(p) {
		return
	}
	if r.doubt.any() {
		r.refuse(p, history.ErrFailed)
		p.Owner.Wake()
		return
	}
	r.waiting = append(r.waiting, p)
}

// repeats answers a post whose ONCE key is taken, or has it wait for the answer
// of the first one. It reports whether it is such a post.
func (r *Room) repeats(p *Post) bool {
	before, err := r.hub.once.begin(r.fold, p)
	switch {
	case err != nil:
		p.Err = err
	case !before.known:
		return false
	case before.first != nil:
		before.first.repeats = append(before.first.repeats, p)
		return true
	case before.seq == 0:
		p.Err = history.ErrUnknown
	}
	p.Seq = before.seq
	p.Owner.Answered()
	p.Owner.Wake()
	return true
}

// submit hands the posts that wait to the store, if none are there.
func (r *Room) submit() {
	if r.flying != nil || len(r.waiting) == 0 || r.doubt.any() {
		return
	}
	now := time.Now().Round(0)
	if now.Before(r.last) {
		now = r.last
	}
	r.last = now
	n, size := 0, 0
	r.rows = r.rows[:0]
	for n < len(r.waiting) && n < maxFlying && (n == 0 || size < flyingSize) {
		p := r.waiting[n]
		p.Time = now
		r.rows = append(r.rows, p.Post)
		size += p.Size()
		n++
	}
	r.flying = slices.Clone(r.waiting[:n])
	r.waiting = slices.Delete(r.waiting, 0, n)
	r.submitting.Store(true)
	r.hub.store.Append(r.fold, r.rows, func(first uint64, err error) {
		r.bring(result{first: first, err: err})
	})
	r.submitting.Store(false)
}

// bring brings a result of the store. Whoever is about to look at it need not be
// told.
func (r *Room) bring(res result) {
	r.results <- res
	if !r.submitting.Load() {
		r.Ring()
	}
}

// settle deals with what the store has answered.
func (r *Room) settle(res result) {
	if r.doubt.reading {
		r.resolve(res)
		return
	}
	posts := r.flying
	r.flying = nil
	clear(r.rows)
	if cap(r.rows) > smallBatch && len(r.waiting) == 0 {
		r.rows = nil
	}
	r.posters = appendPosters(r.posters[:0], posts)
	switch {
	case res.err == nil:
		r.takeIn() // what has come meanwhile is to leave together,
		r.submit() // and first, so that the store has work meanwhile
		entries := make([]entry, len(posts))
		for i, p := range posts {
			p.Seq = res.first + uint64(i)
			entries[i] = entry{post: p.Post, from: p.From}
		}
		r.publishPosts(entries)
		for _, p := range posts {
			r.answer(p)
		}
	case errors.Is(res.err, history.ErrFailed):
		r.hub.config.Log.Debug("posts were not stored", "room", r.name.Shown, "posts", len(posts), "err", res.err)
		for _, p := range posts {
			r.refuse(p, res.err)
		}
	default:
		r.distrust(posts, res.err)
	}
	r.wakePosters()
}

// publishPosts publishes posts, and names those that are missing before them:
// retention may take what was never confirmed.
func (r *Room) publishPosts(entries []entry) {
	if head := r.Head(); entries[0].post.Seq > head+1 {
		gap := event{kind: proto.GAP, from: head + 1, to: entries[0].post.Seq - 1, why: retention}
		entries = slices.Insert(entries, 0, entry{event: &gap})
	}
	r.publish(entries)
}

// publish appends entries, posts or one event, to the log, in batches of a
// bounded size, and wakes the members.
func (r *Room) publish(entries []entry) {
	for len(entries) > 0 {
		n, size := 0, batchBase
		for n < len(entries) && (n == 0 || size < batchSize) {
			size += 2 * entries[n].post.Size() // as an entry, and in one form at least
			n++
		}
		part := entries
		if n < len(entries) {
			part = slices.Clone(entries[:n]) // so that each can be dropped by itself
		}
		r.log.publish(&batch{room: r.name.Shown, entries: part, size: size})
		entries = entries[n:]
	}
	for _, m := range r.members {
		if !r.posted(m) {
			m.wake()
		}
	}
}

// appendPosters appends one of the posts of each session.
func appendPosters(to, posts []*Post) []*Post {
	for i, p := range posts {
		if i > 0 && posts[i-1].From == p.From {
			continue
		}
		if !slices.ContainsFunc(to, func(other *Post) bool { return other.From == p.From }) {
			to = append(to, p)
		}
	}
	return to
}

// posted reports whether m is to be woken only when its posts are answered, so
// that these and the answers are written together.
func (r *Room) posted(m *Member) bool {
	for _, p := range r.posters {
		if p.From == m.session {
			return true
		}
	}
	return false
}

func (r *Room) wakePosters() {
	for _, p := range r.posters {
		p.Owner.Wake()
	}
	clear(r.posters)
	r.posters = r.posters[:0]
}

// answer answers a post that is stored, and its repeats.
func (r *Room) answer(p *Post) {
	if p.once != nil {
		r.hub.once.settle(p.once, p.Seq)
	}
	p.finish()
}

// refuse answers a post that is certainly not stored, and its repeats.
func (r *Room) refuse(p *Post, err error) {
	if p.once != nil {
		r.hub.once.drop(p.once)
	}
	p.Err = err
	p.finish()
}

// finish answers a post, whose session is still to be woken, and its repeats.
func (p *Post) finish() {
	for _, again := range p.repeats {
		again.Seq, again.Err = p.Seq, p.Err
		again.finish()
		again.Owner.Wake()
	}
	p.repeats = nil
	p.Owner.Answered()
}
