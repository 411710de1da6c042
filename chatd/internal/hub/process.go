package hub

import (
	"errors"
	"log/slog"
	"slices"
	"sync/atomic"
	"time"

	"linechat/chatd/internal/history"
	"linechat/chatd/proto"
)

// A task is work that one goroutine at a time does, for whoever asks. The zero value
// is at rest.
type task struct{ asked atomic.Int32 }

// tryRun reports whether its caller is to do the work. If not, park tells whoever
// does it that there is more.
func (t *task) tryRun() bool { return t.asked.Add(1) == 1 }

// park ends the work, and reports whether somebody has asked for it meanwhile.
func (t *task) park() (more bool) { return t.asked.Swap(0) > 1 }

// Notify has the room's goroutine process the posts that the room was handed.
func (r *Room) Notify() { signal(r.wakeup) }

// TryProcess has the room process the posts that it was handed, as Notify does, but
// here and now if nobody else does. It waits for nothing.
func (r *Room) TryProcess() {
	if r.processing.tryRun() {
		again := r.process()
		if r.processing.park() || again {
			r.Notify()
		}
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
		case <-r.stop:
			return
		}
	}
}

// load reads from the store what the room is, and reports whether it could.
func (r *Room) load() bool {
	defer close(r.ready)
	row, err := r.hub.store.Room(r.hub.ctx, r.fold)
	if err != nil {
		r.failed = err
		r.hub.remove(r)
		return false
	}
	r.name, r.lastTime = row.Name, row.Last
	r.topic.Store(&Topic{proto.Clean(row.Topic), row.TopicBy})
	r.log.start(row.Head, &r.hub.budget)
	return true
}

// maxBatches is how many batches one call publishes at most: its caller may have
// other work.
const maxBatches = 4

// process publishes what the store has answered, takes posts and hands them to it,
// for as long as the store answers at once. It reports whether there is more to do.
func (r *Room) process() (more bool) {
	for range maxBatches {
		select {
		case res := <-r.results:
			r.complete(res)
		default:
		}
		r.drainInbox()
		r.submit()
		if len(r.results) == 0 {
			return false
		}
	}
	return true
}

// drainInbox takes the posts of the inbox, unless too many wait.
func (r *Room) drainInbox() {
	if len(r.waiting) >= maxWaiting {
		return
	}
	r.drained = r.inbox.drain(r.drained[:0])
	for _, p := range r.drained {
		r.accept(p)
	}
	clear(r.drained)
	if cap(r.drained) > smallBatch && len(r.drained) < smallBatch {
		r.drained = nil
	}
}

// accept accepts one post, or answers it at once.
func (r *Room) accept(p *Post) {
	if p.Once != "" && r.answerRepeat(p) {
		return
	}
	if r.recovery.active {
		r.refuse(p, history.ErrFailed)
		p.Owner.Wake()
		return
	}
	r.waiting = append(r.waiting, p)
}

// answerRepeat answers a post whose ONCE key is taken, or has it wait for the answer
// of the first one. It reports whether it is such a post.
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

// submit hands the posts that wait to the store, if none are there.
func (r *Room) submit() {
	if r.inFlight != nil || len(r.waiting) == 0 || r.recovery.active {
		return
	}
	now := time.Now().Round(0)
	if now.Before(r.lastTime) {
		now = r.lastTime
	}
	r.lastTime = now
	n, size := 0, 0
	r.rows = r.rows[:0]
	for n < len(r.waiting) && n < maxInFlight && (n == 0 || size < inFlightBytes) {
		p := r.waiting[n]
		p.Time = now
		r.rows = append(r.rows, p.Post)
		size += p.Size()
		n++
	}
	r.inFlight = slices.Clone(r.waiting[:n])
	r.waiting = slices.Delete(r.waiting, 0, n)
	r.submitting.Store(true)
	r.hub.store.Append(r.fold, r.rows, func(first uint64, err error) {
		r.deliver(result{first: first, err: err})
	})
	r.submitting.Store(false)
}

// deliver brings a result of the store. Whoever is about to look at it need not be
// told.
func (r *Room) deliver(res result) {
	r.results <- res
	if !r.submitting.Load() {
		r.Notify()
	}
}

// complete deals with what the store has answered.
func (r *Room) complete(res result) {
	if r.recovery.active {
		r.continueRecovery(res)
		return
	}
	posts := r.inFlight
	r.inFlight = nil
	clear(r.rows)
	if cap(r.rows) > smallBatch && len(r.waiting) == 0 {
		r.rows = nil
	}
	r.posters = appendPosters(r.posters[:0], posts)
	switch {
	case res.err == nil:
		r.drainInbox() // what has come meanwhile is to leave together,
		r.submit()     // and first, so that the store has work meanwhile
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
		r.hub.logLater(slog.LevelDebug, "posts were not stored", "room", r.name.Shown, "posts", len(posts), "err", res.err)
		for _, p := range posts {
			r.refuse(p, res.err)
		}
	default:
		r.enterRecovery(posts, res.err)
	}
	r.wakePosters()
}

// publishPosts publishes posts, names those that are missing before them, for
// retention may take what was never confirmed, and wakes the members.
func (r *Room) publishPosts(entries []entry) {
	if head := r.Head(); entries[0].post.Seq > head+1 {
		gap := event{kind: proto.GAP, from: head + 1, to: entries[0].post.Seq - 1, why: retention}
		entries = slices.Insert(entries, 0, entry{event: &gap})
	}
	for _, m := range r.publish(entries) {
		if !r.awaitsAnswer(m) {
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

// awaitsAnswer reports whether m is to be woken only when its posts are answered, so
// that these and the answers are written together.
func (r *Room) awaitsAnswer(m *Member) bool {
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
	if p.key != nil {
		r.hub.dedup.record(p.key, p.Seq)
	}
	p.finish()
}

// refuse answers a post that is certainly not stored, and its repeats.
func (r *Room) refuse(p *Post, err error) {
	if p.key != nil {
		r.hub.dedup.forget(p.key)
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
