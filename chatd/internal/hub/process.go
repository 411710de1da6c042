package hub

import (
	"errors"
	"slices"
	"sync/atomic"
	"time"

	"linechat/chatd/internal/backplane"
	"linechat/chatd/internal/history"
	"linechat/chatd/proto"
)

// A task is work that one goroutine at a time does. The zero value is idle. Unlike a
// netpoll.Task it is idle after park even if there is more to do, which another goroutine
// then does: a reader that processes posts has its sessions to serve.
type task struct{ requests atomic.Int32 } // since the task was idle

// tryRun reports whether the caller now runs the task. If not, another goroutine does,
// and learns from park that there is more to do.
func (t *task) tryRun() bool { return t.requests.Add(1) == 1 }

// park makes a running task idle, and reports whether others called tryRun meanwhile.
func (t *task) park() (notified bool) { return t.requests.Swap(0) > 1 }

// Notify wakes the room's goroutine, which processes the posts of the inbox.
func (r *Room) Notify() { signal(r.wakeup) }

// TryProcess processes the posts of the inbox here and now, unless another goroutine is
// processing, which then goes on. It does not wait.
func (r *Room) TryProcess() {
	if !r.processing.tryRun() {
		return
	}
	more := r.process()
	report := r.report
	r.report = nil
	if r.processing.park() || more {
		r.Notify()
	}
	if report != nil {
		report()
	}
}

// run is the room's goroutine.
func (r *Room) run() {
	if !r.load() {
		return
	}
	defer r.log.free()
	for {
		select {
		case <-r.wakeup:
			r.TryProcess()
		case <-r.presencesDue:
			r.sayUnsaid()
		case <-r.stop:
			return
		}
	}
}

// load reads the room from the store, and reports whether it could.
func (r *Room) load() bool {
	defer close(r.ready)
	row, err := r.hub.store.Room(r.hub.ctx, r.fold)
	if err != nil {
		r.failed = err
		r.hub.remove(r)
		return false
	}
	r.name, r.owner, r.lastTime = row.Name, row.Owner, row.Last
	r.topic.Store(&Topic{proto.Clean(row.Topic), row.TopicBy})
	r.log.start(row.Head, row.Last, &r.hub.budget)
	r.seed()
	return true
}

// maxBatches is how many batches one call of process publishes at most, because its
// caller may have other work.
const maxBatches = 4

// process publishes what the store has answered, takes posts and gives them to the
// store, for as long as the store answers at once. It reports whether there is more.
func (r *Room) process() (more bool) {
	for n := 0; n < maxBatches && r.report == nil; n++ {
		if res, ok := r.results.take(); ok {
			r.complete(res)
		}
		r.drainInbox()
		r.submit()
		if !r.results.some.Load() {
			r.settleDrop()
			return false
		}
	}
	return true
}

// drainInbox takes the posts of the inbox, unless too many wait already.
func (r *Room) drainInbox() {
	if len(r.waiting) >= maxWaiting {
		return
	}
	posts := r.inbox.swap(r.spare)
	for _, p := range posts {
		r.accept(p)
	}
	clear(posts)
	if r.spare = posts; cap(posts) > smallBatch && len(posts) < smallBatch {
		r.spare = nil
	}
}

// accept accepts one post, or answers it at once.
func (r *Room) accept(p *Post) {
	if r.dropping.Load() != nil || r.dropped.Load() {
		r.refuse(p, history.ErrNoRoom)
		p.Owner.Wake()
		return
	}
	if p.Once != "" && !r.hub.shared && r.answerRepeat(p) {
		return
	}
	if err := r.admit(p); err != nil {
		r.refuse(p, err)
		p.Owner.Wake()
		return
	}
	r.waiting = append(r.waiting, p)
}

// admit returns why the room takes no further posts such as p at the moment, or nil.
func (r *Room) admit(p *Post) error {
	if r.recovery.active {
		return history.ErrFailed
	}
	return r.hub.admit(p.Account == 0)
}

// answerRepeat reports whether the ONCE key of p is in use by an earlier post. Then it
// answers p, or has it wait for the answer of a post that is under way.
func (r *Room) answerRepeat(p *Post) bool {
	before, err := r.hub.dedup.claim(r.fold, p)
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

// submit gives waiting posts to the log. That of one machine, which calls the store, has posts
// of a room one batch after the other; a shared one has several under way.
func (r *Room) submit() {
	for len(r.waiting) > 0 && (len(r.inFlight) == 0 || r.hub.shared && r.flying < maxInFlight) {
		f := r.nextFlight()
		r.inFlight = append(r.inFlight, f)
		r.flying += len(f.posts)
		r.submitting.Store(true)
		r.hub.changes.Submit(&f.change, f.done)
		r.submitting.Store(false)
	}
}

// A flight is posts that the log has been given together.
type flight struct {
	posts  []*Post
	change backplane.Posts
	done   func(backplane.Verdict)
}

// newFlight returns an empty flight, or one that is over.
func (r *Room) newFlight() *flight {
	f := r.spareFlight
	if r.spareFlight = nil; f == nil {
		f = &flight{}
		f.done = func(v backplane.Verdict) { r.deliver(result{flight: f, err: v.Err, errs: v.Errs}) }
	}
	return f
}

// nextFlight takes waiting posts, as many as the log may have beside those in flight.
func (r *Room) nextFlight() *flight {
	now := time.Now().Round(0)
	if now.Before(r.lastTime) {
		now = r.lastTime
	}
	r.lastTime = now
	n, size := 0, 0
	f := r.newFlight()
	c := &f.change
	c.Fold, c.Posts, c.Authors = r.fold, c.Posts[:0], c.Authors[:0]
	for n < len(r.waiting) && n < maxInFlight-r.flying && (n == 0 || size < inFlightBytes) {
		p := r.waiting[n]
		p.Time = now
		c.Posts = append(c.Posts, p.Post)
		if r.hub.shared {
			c.Authors = append(c.Authors, backplane.Author{Session: p.From, Origin: p.Origin})
		}
		size += p.Size()
		n++
	}
	f.posts = append(r.sparePosts[:0], r.waiting[:n]...)
	r.sparePosts = nil
	r.waiting = slices.Delete(r.waiting, 0, n)
	return f
}

// deliver hands a result to the room. If Submit has not returned yet, the goroutine that
// called it sees the result, and the room's need not wake up.
func (r *Room) deliver(res result) {
	r.results.put(res)
	if !r.submitting.Load() {
		r.Notify()
	}
}

// complete acts on a result: it publishes and answers the posts in flight as the log has said.
func (r *Room) complete(res result) {
	switch {
	case res.others != nil:
		res.others()
		return
	case r.recovery.active:
		r.continueRecovery(res)
		return
	}
	posts := r.land(res.flight)
	r.posters = appendPosters(r.posters[:0], posts)
	switch {
	case res.err == nil:
		r.drainInbox()
		r.submit() // the next posts, so that the store works while members are woken
		r.publishStored(posts, res.errs)
	case errors.Is(res.err, history.ErrFailed), r.hub.shared: // it brings what it had to leave open
		for _, p := range posts {
			r.refuse(p, res.err)
		}
	default:
		r.enterRecovery(posts, res.err)
	}
	r.wakePosters()
	if clear(posts); cap(posts) <= smallBatch || len(r.waiting) > 0 {
		r.sparePosts = posts
	}
}

// land returns the posts of a flight, which is over, with the numbers and times that the log has
// given them.
func (r *Room) land(f *flight) []*Post {
	r.inFlight = slices.DeleteFunc(r.inFlight, func(other *flight) bool { return other == f })
	r.flying -= len(f.posts)
	posts, c := f.posts, &f.change
	for i, p := range posts {
		p.Seq, p.Time = c.Posts[i].Seq, c.Posts[i].Time
	}
	f.posts = nil
	clear(c.Posts)
	if cap(c.Posts) <= smallBatch || len(r.waiting) > 0 {
		r.spareFlight = f
	}
	return posts
}
