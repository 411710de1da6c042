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
	f.posts = slices.Clone(r.waiting[:n])
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

// publishStored publishes posts that are stored, answers them and those that a log has refused,
// and wakes who posted them. What a ONCE key has posted before is published already.
func (r *Room) publishStored(posts []*Post, errs []error) {
	began := time.Now()
	entries, last := make([]entry, 0, len(posts)), r.Head()
	for i, p := range posts {
		if (errs == nil || errs[i] == nil) && p.Seq > last {
			entries, last = append(entries, entry{post: p.Post, from: p.From}), p.Seq
		}
	}
	members := r.publishPosts(entries)
	if r.dropped.Load() {
		r.handOver(entries)
	}
	for i, p := range posts {
		if errs != nil && errs[i] != nil {
			r.refuse(p, errs[i])
			continue
		}
		r.answer(p)
	}
	r.wakePosters()
	r.hub.config.Meter.PostsPublished(len(entries), members, time.Since(began))
}

// handOver tells the room that has the name now of posts that were on their way when this one
// was deleted, and that one was made: they are there.
func (r *Room) handOver(entries []entry) {
	posts := make([]history.Post, len(entries))
	for i := range entries {
		posts[i] = entries[i].post
	}
	r.hub.tell(r.fold, func(now *Room) { now.publishOthers(posts) })
}

// publishPosts publishes posts, wakes the members, and returns how many these are. Retention
// may have deleted posts that were never confirmed: a GAP before these names them.
func (r *Room) publishPosts(entries []entry) (members int) {
	if len(entries) == 0 {
		return 0
	}
	if head := r.Head(); entries[0].post.Seq > head+1 {
		gap := event{kind: proto.GAP, from: head + 1, to: entries[0].post.Seq - 1, why: retention}
		entries = slices.Insert(entries, 0, entry{event: &gap})
	}
	told := r.publish(entries)
	for _, m := range told {
		if !r.awaitsAnswer(m) {
			m.wake()
		}
	}
	return len(told)
}

// appendPosters appends one post of each session.
func appendPosters(to, posts []*Post) []*Post {
	for i, p := range posts {
		isNew := i == 0 || posts[i-1].From != p.From
		if isNew && !slices.ContainsFunc(to, func(other *Post) bool { return other.From == p.From }) {
			to = append(to, p)
		}
	}
	return to
}

// awaitsAnswer reports whether posts of m's session are being answered. It is woken
// after that, so that the posts and the answers leave in one write.
func (r *Room) awaitsAnswer(m *Member) bool {
	return slices.ContainsFunc(r.posters, func(p *Post) bool { return p.From == m.session })
}

func (r *Room) wakePosters() {
	for _, p := range r.posters {
		p.Owner.Wake()
	}
	clear(r.posters)
	r.posters = r.posters[:0]
}

// answer answers a stored post and its repeats.
func (r *Room) answer(p *Post) {
	if p.key != nil {
		r.hub.dedup.record(p.key, p.Seq)
	}
	p.finish()
}

// refuse answers a post that is certainly not stored and its repeats.
func (r *Room) refuse(p *Post, err error) {
	if p.key != nil {
		r.hub.dedup.forget(p.key)
	}
	p.Err = err
	p.finish()
}

// finish answers a post and its repeats. It wakes the sessions of the repeats only.
func (p *Post) finish() {
	for _, again := range p.repeats {
		again.Seq, again.Err = p.Seq, p.Err
		again.finish()
		again.Owner.Wake()
	}
	p.repeats = nil
	p.Owner.Answered()
}
