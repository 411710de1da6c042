package hub

import (
	"context"
	"log/slog"
	"time"

	"linechat/chatd/internal/history"
)

// A recovery is what a room does after an Append whose outcome is unknown: it reads
// back what is stored, publishes that, and refuses posts meanwhile. It has a handle on
// the room. It ends with the last post that is stored, or when the hub is closed.
type recovery struct {
	active    bool
	uncertain []*dedupEntry // keys whose post is perhaps stored
}

// How long a room waits before it tries again to read back.
const (
	minRetry = 100 * time.Millisecond
	maxRetry = time.Second
)

// enterRecovery answers posts of which it is not known whether they are stored, and
// those behind them, which certainly are not; then it finds out.
func (r *Room) enterRecovery(posts []*Post, err error) {
	r.hub.logLater(slog.LevelError, "it is not known whether posts are stored; further ones to this room are refused until it is", "room", r.name.Shown, "posts", len(posts), "err", err)
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

// reconcile asks the store, on a goroutine of its own, for the posts behind those that
// are published, until it answers.
func (r *Room) reconcile() {
	from := r.Head() + 1
	r.hub.spawn(func() {
		page, err := r.hub.store.Page(r.hub.ctx, r.fold, from, from+maxInFlight, PageSize)
		for pause := minRetry; err != nil && wait(r.hub.ctx, pause); pause = min(2*pause, maxRetry) {
			page, err = r.hub.store.Page(r.hub.ctx, r.fold, from, from+maxInFlight, PageSize)
		}
		r.deliver(result{rows: page.Posts, err: err})
	})
}

// wait waits for that long, and reports whether ctx has not ended.
func wait(ctx context.Context, pause time.Duration) bool {
	select {
	case <-time.After(pause):
		return true
	case <-ctx.Done():
		return false
	}
}

// continueRecovery deals with what readBack brought: an error only where the hub is closed.
func (r *Room) continueRecovery(res result) {
	if len(res.rows) > 0 {
		r.publishFound(res.rows)
		r.reconcile()
		return
	}
	for _, e := range r.recovery.uncertain {
		if e.seq == 0 && res.err == nil {
			r.hub.dedup.forget(e)
		}
	}
	r.recovery = recovery{}
	r.Release()
}

// publishFound publishes posts that an unconfirmed Append has left behind.
func (r *Room) publishFound(rows []history.Post) {
	entries := make([]entry, len(rows))
	for i, row := range rows {
		entries[i].post = row
		r.lastTime = row.Time
		for _, e := range r.recovery.uncertain {
			if e.key == row.Once {
				r.hub.dedup.record(e, row.Seq)
			}
		}
	}
	r.publishPosts(entries)
}
