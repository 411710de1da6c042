package hub

import (
	"context"
	"time"

	"linechat/chatd/internal/history"
)

// A recovery follows an Append whose outcome is unknown. The room reads back what is
// stored and publishes that. Meanwhile it refuses posts, and has a reference to itself.
// It ends when everything stored is published, or when the hub closes.
type recovery struct {
	active    bool
	uncertain []*dedupEntry // ONCE keys of posts that may be stored
}

// How long a room waits, at first and at most, before it reads again after an error.
const (
	minRetry = 100 * time.Millisecond
	maxRetry = time.Second
)

// enterRecovery answers posts that may be stored, refuses those that wait after them,
// which are not, and begins to read back.
func (r *Room) enterRecovery(posts []*Post, err error) {
	r.report = func() {
		r.hub.config.Log.Error("posts may or may not be stored; the room refuses further posts until it has read back which", "room", r.name.Shown, "posts", len(posts), "err", err)
	}
	r.retain()
	r.recovery.active = true
	for _, p := range posts {
		if p.key != nil {
			r.hub.dedup.record(p.key, 0)
			r.recovery.uncertain = append(r.recovery.uncertain, p.key)
		}
		p.Err = history.ErrUnknown
		p.finish()
	}
	for _, p := range r.waiting {
		r.refuse(p, history.ErrFailed)
		p.Owner.Wake()
	}
	r.waiting = r.waiting[:0]
	r.reconcile()
}

// reconcile reads the stored posts after the published head, on a goroutine of its own
// that tries until the store answers. The room gets them as a result.
func (r *Room) reconcile() {
	from := r.Head() + 1
	r.hub.wg.Go(func() {
		page, err := r.hub.store.Page(r.hub.ctx, r.fold, from, from+maxInFlight, PageSize)
		for pause := minRetry; err != nil && wait(r.hub.ctx, pause); pause = min(2*pause, maxRetry) {
			page, err = r.hub.store.Page(r.hub.ctx, r.fold, from, from+maxInFlight, PageSize)
		}
		r.deliver(result{rows: page.Posts, err: err})
	})
}

// wait reports whether the pause passes before ctx ends.
func wait(ctx context.Context, pause time.Duration) bool {
	select {
	case <-time.After(pause):
		return true
	case <-ctx.Done():
		return false
	}
}

// continueRecovery publishes what reconcile has read, until that is nothing more. An
// error in res says that the hub has closed.
func (r *Room) continueRecovery(res result) {
	if len(res.rows) > 0 {
		r.publishFound(res.rows)
		r.reconcile()
		return
	}
	for _, e := range r.recovery.uncertain {
		if e.seq == 0 {
			r.hub.dedup.forget(e)
		}
	}
	r.recovery = recovery{}
	r.Release()
}

// publishFound publishes posts that an Append of unknown outcome has stored.
func (r *Room) publishFound(rows []history.Post) {
	began := time.Now()
	entries := make([]entry, len(rows))
	for i, row := range rows {
		entries[i].post = row
		for _, e := range r.recovery.uncertain {
			if e.key == row.Once {
				r.hub.dedup.record(e, row.Seq)
			}
		}
	}
	members := r.publishPosts(entries)
	r.hub.config.Meter.PostsPublished(len(rows), members, time.Since(began))
}
