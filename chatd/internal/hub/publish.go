package hub

import (
	"slices"
	"time"

	"linechat/chatd/internal/history"
	"linechat/chatd/proto"
)

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
