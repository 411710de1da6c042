package hub

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"linechat/chatd/internal/backplane"
	"linechat/chatd/internal/history"
	"linechat/chatd/proto"
)

// How much a room holds that is not stored yet. While maxWaiting posts wait, it takes
// none from its inbox.
const (
	maxWaiting    = 1024
	maxInFlight   = 512       // posts that the log has and has not answered
	inFlightBytes = 256 << 10 // bytes of those that it is given together
	batchSize     = 32 << 10  // bytes of one batch of the log
	smallBatch    = 64        // posts for which an idle room keeps memory
)

// A Blocker is a caller whose goroutine has other work as well. Nil stands for a
// caller whose goroutine has none.
type Blocker interface {
	// Block is called before the goroutine waits, or does what takes long.
	Block()
}

func block(b Blocker) {
	if b != nil {
		b.Block()
	}
}

// A Poster is told of the answer to its Post. Its methods are called by the goroutine
// that processes the room's posts, and must not wait.
type Poster interface {
	// Answered is called once, when Seq or Err is set.
	Answered()
	// Wake is called after that, once for all posts of one session that a batch has
	// answered: now the room's lines and the answers can be written together.
	Wake()
}

// A Post is what a session posts, and becomes the answer to it.
type Post struct {
	history.Post // the room sets Seq and Time

	From   uint64 // the session
	Origin uint64 // whom the ONCE key is counted for: a number that each of them has, such as a hash
	Owner  Poster
	Err    error // history.ErrFailed and *history.LimitError, history.ErrUnknown, ErrOnceMismatch

	key     *dedupEntry // of the ONCE key that this post has claimed
	repeats []*Post     // posts of the same key, which wait for this one's answer
}

// A Topic is a room's topic and the nick that set it. The zero value is no topic.
type Topic struct{ Text, By string }

// A Room is one room in use. The package documentation says how its posts are
// processed. Methods may be called from any goroutine that has a reference.
type Room struct {
	hub       *Hub
	fold      string
	refs      int         // guarded by hub.mu
	idleTimer *time.Timer // guarded by hub.mu; ends the room when there has been no reference for a while

	ready  chan struct{} // closed when the load has ended
	failed error         // why it has failed
	name   proto.Name
	owner  history.Owner

	inbox      inbox
	wakeup     chan struct{} // holds a token while the room's goroutine is to process posts
	stop       chan struct{} // closed when the room is to end
	results    results
	submitting atomic.Bool // Submit has not returned

	topic        atomic.Pointer[Topic]
	settingTopic chan struct{} // holds a token while a topic is on its way to the store

	dropping atomic.Pointer[chan struct{}] // non-nil: posts are refused, and a token is due when none is under way
	dropped  atomic.Bool                   // what the store has of this name, if anything, is another room

	mu        sync.Mutex // guards accounts, elsewhere and presences, and changes of members and log
	members   atomic.Pointer[members]
	accounts  map[string]int               // how many sessions those of an account are, by nick
	elsewhere map[backplane.SessionID]Nick // who is in the room on other machines
	presences presences
	log       sharedLog

	presencesDue chan struct{} // holds a token when something of presences is due

	processing task

	// The rest belongs to the goroutine that is processing.
	spare       []*Post   // memory for the inbox
	waiting     []*Post   // not yet with the store
	inFlight    []*flight // with the log, in the order in which it was given them
	flying      int       // how many posts these are
	posters     []*Post   // one post of each session whose posts are being answered
	spareFlight *flight   // memory for the next flight, or nil
	sparePosts  []*Post   // memory for its posts; empty
	lastTime    time.Time // of the newest post
	recovery    recovery
	report      func() // logs what has failed, or nil; called after the processing
}

// members is who is in a room at one point of its order. It is copied on write, so that
// whoever wakes them needs no lock.
type members struct {
	all   []*Member
	nicks int // that they have together: the sessions of an account share one
}

func newRoom(h *Hub, fold string) *Room {
	r := &Room{
		hub: h, fold: fold,
		ready:        make(chan struct{}),
		wakeup:       make(chan struct{}, 1),
		stop:         make(chan struct{}),
		inbox:        inbox{space: make(chan struct{}, 1), backlog: &h.backlog},
		settingTopic: make(chan struct{}, 1),
		presencesDue: make(chan struct{}, 1),
	}
	r.members.Store(new(members))
	return r
}

// Name returns the room's name.
func (r *Room) Name() proto.Name { return r.name }

// Topic returns the room's topic.
func (r *Room) Topic() Topic { return *r.topic.Load() }

// Head returns the number of the last post that is published; 0: there is none.
func (r *Room) Head() uint64 { return r.log.newest.Load().last }

// Members returns how many nicks are in the room.
func (r *Room) Members() uint64 { return uint64(r.members.Load().nicks) }

// Connections returns how many sessions are in the room.
func (r *Room) Connections() int { return len(r.members.Load().all) }

// publish appends entries to the log, and returns the members, whom the caller wakes.
func (r *Room) publish(entries []entry) []*Member {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.append(entries)
	return r.members.Load().all
}

// append appends entries, posts or one event, to the log in batches of a bounded size.
// Its caller holds mu.
func (r *Room) append(entries []entry) {
	for len(entries) > 0 {
		n, size := 0, batchBase
		for n < len(entries) && (n == 0 || size < batchSize) {
			size += 2 * entries[n].post.Size() // once in the entry, and once encoded at least
			n++
		}
		part := entries
		if n < len(entries) {
			part = slices.Clone(entries[:n]) // so that each can be dropped by itself
		}
		r.log.publish(&batch{room: r.name.Shown, entries: part, size: size})
		entries = entries[n:]
	}
}

// Line returns the line of a post that was read from the store, with its text cleaned,
// because the file may have been changed by others.
func (r *Room) Line(p *history.Post) *proto.Line {
	line := postLine(r.name.Shown, p)
	line.Text = proto.CleanLines(line.Text)
	return line
}

// Page returns the posts from … to …, as history.Store does, up to about PageSize bytes.
// The number to must be published. history.ErrUnread, also if the store lacks the first
// of them and retention has not deleted it. history.ErrNoRoom.
func (r *Room) Page(ctx context.Context, from, to uint64) (history.Page, error) {
	page, err := r.hub.store.Page(ctx, r.fold, from, to, PageSize)
	if err = r.unlessDropped(err); err == nil && len(page.Posts) == 0 && page.First <= from {
		err = fmt.Errorf("%w: room %s has no post %d, and should", history.ErrUnread, r.name.Shown, from)
	}
	return page, err
}

// Since returns the number of the first post that is not older than t.
func (r *Room) Since(ctx context.Context, t time.Time) (uint64, error) {
	seq, err := r.hub.store.Since(ctx, r.fold, t)
	return seq, r.unlessDropped(err)
}

// Search finds posts as history.Store does.
func (r *Room) Search(ctx context.Context, q history.Query) (history.Hits, error) {
	hits, err := r.hub.store.Search(ctx, r.fold, q)
	return hits, r.unlessDropped(err)
}

// unlessDropped returns err, or history.ErrNoRoom where the store may have answered for a
// room that has the name now.
func (r *Room) unlessDropped(err error) error {
	if r.dropped.Load() {
		return history.ErrNoRoom
	}
	return err
}

// Post puts p into the room's inbox, and waits while that is full. Unless Post fails,
// with the error of ctx, p's Owner is told of the answer.
func (r *Room) Post(ctx context.Context, p *Post) error {
	for {
		put, first := r.inbox.put(p)
		if first {
			r.Notify()
		}
		if put {
			signal(r.inbox.space) // for the next one that waits
			return nil
		}
		select {
		case <-r.inbox.space:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// TryPost puts p into the room's inbox unless that is full, and reports whether it did.
// If notify is true the caller must call Notify or TryProcess. Whoever has posts of
// several sessions calls it after the last of them, so that they leave together.
func (r *Room) TryPost(p *Post) (done, notify bool) { return r.inbox.put(p) }
