package hub

import (
	"context"
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
	maxWaiting    = 1024
	maxInFlight   = 512       // posts of one Append
	inFlightBytes = 256 << 10 // bytes of one Append
	batchSize     = 32 << 10  // bytes of one batch of the shared log
	smallBatch    = 64        // posts for which a quiet room keeps memory
)

// A Poster is told of the answer to its Post by whoever processes the room's posts,
// and must not wait.
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

	key     *dedupEntry // the key that this post took
	repeats []*Post     // of the same key, waiting for this one's answer
}

// A Topic is a room's topic and who set it; the zero value: none.
type Topic struct{ Text, By string }

// A Room is one room in use. One goroutine at a time processes its posts: it takes
// them, hands what waits to the store, one batch at a time, and publishes what the
// store has confirmed. It never waits for the store or for a member. That is whoever
// has something for the room and finds nobody at it; what comes of itself, as the
// store's answers do, is for the room's own goroutine. Methods may be called from any
// goroutine that has a handle.
type Room struct {
	hub       *Hub
	fold      string
	refs      int         // guarded by hub.mu
	idleTimer *time.Timer // ends the room while there is none

	ready  chan struct{} // closed when loaded
	failed error         // loading failed
	name   proto.Name

	wakeup  chan struct{} // holds a token while the room's goroutine is to process posts
	stop    chan struct{} // closed when the last handle is released
	inbox   inbox
	results chan result // of the Append or the reading back under way

	submitting atomic.Bool // Append has not returned

	topic        atomic.Pointer[Topic]
	settingTopic chan struct{} // holds a token while a topic is on its way to the store
	members      atomic.Pointer[[]*Member]
	log          sharedLog
	mu           sync.Mutex // held while log or members change, and for nothing that waits

	processing task

	// Of whoever is processing.
	drained  []*Post // from the inbox, while takeIn deals with them
	waiting  []*Post // not yet at the store
	inFlight []*Post // at the store
	posters  []*Post // one of each session whose posts are being answered
	rows     []history.Post
	lastTime time.Time // of the newest post
	recovery recovery
}

type result struct {
	first uint64
	rows  []history.Post
	err   error
}

func newRoom(h *Hub, fold string) *Room {
	r := &Room{
		hub: h, fold: fold,
		ready:        make(chan struct{}),
		wakeup:       make(chan struct{}, 1),
		stop:         make(chan struct{}),
		inbox:        inbox{space: make(chan struct{}, 1)},
		results:      make(chan result, 1),
		settingTopic: make(chan struct{}, 1),
	}
	r.members.Store(new([]*Member))
	return r
}

// Name returns the room's name.
func (r *Room) Name() proto.Name { return r.name }

// Topic returns the room's topic.
func (r *Room) Topic() Topic { return *r.topic.Load() }

// Head returns the last number that is published.
func (r *Room) Head() uint64 { return r.log.newest.Load().last }

// Members returns how many members the room has.
func (r *Room) Members() uint64 { return uint64(len(*r.members.Load())) }

// publish appends entries, posts or one event, to the log. It returns the members, to
// be woken.
func (r *Room) publish(entries []entry) []*Member {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.append(entries)
	return *r.members.Load()
}

// append is publish with mu held. It makes batches of a bounded size.
func (r *Room) append(entries []entry) {
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
}

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
			r.Notify()
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
// true the room takes the post when Notify is called: who has posts of several
// sessions to hand over has them leave together so.
func (r *Room) TryPost(p *Post) (done, ring bool) { return r.inbox.put(p) }
