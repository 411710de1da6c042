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
	active bool
	unsure []*onceEntry // keys whose post is perhaps stored
}

// How long a room waits before it tries again to read back.
const (
	firstPause = 100 * time.Millisecond
	mostPause  = time.Second
)

// distrust answers posts of which it is not known whether they are stored, and
// those behind them, which certainly are not; then it finds out.
func (r *Room) distrust(posts []*Post, err error) {
	r.hub.logLater(slog.LevelError, "it is not known whether posts are stored; further ones to this room are refused until it is", "room", r.name.Shown, "posts", len(posts), "err", err)
	r.hold()
	r.recovery.active = true
	for _, p := range posts {
		if p.once != nil {
			r.hub.once.settle(p.once, 0)
			r.recovery.unsure = append(r.recovery.unsure, p.once)
		}
		p.Err = history.ErrUnknown
		p.finish()
	}
	for _, p := range r.waiting {
		r.refuse(p, history.ErrFailed)
		p.Owner.Wake()
	}
	r.waiting = r.waiting[:0]
	r.readBack()
}

// readBack asks the store, on a goroutine of its own, for the posts behind those that
// are published, until it answers.
func (r *Room) readBack() {
	from := r.Head() + 1
	r.hub.spawn(func() {
		page, err := r.hub.store.Page(r.hub.ctx, r.fold, from, from+maxFlying, PageSize)
		for pause := firstPause; err != nil && wait(r.hub.ctx, pause); pause = min(2*pause, mostPause) {
			page, err = r.hub.store.Page(r.hub.ctx, r.fold, from, from+maxFlying, PageSize)
		}
		r.bring(result{rows: page.Posts, err: err})
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

// resolve deals with what readBack brought: an error only where the hub is closed.
func (r *Room) resolve(res result) {
	if len(res.rows) > 0 {
		r.publishRows(res.rows)
		r.readBack()
		return
	}
	for _, e := range r.recovery.unsure {
		if e.seq == 0 && res.err == nil {
			r.hub.once.drop(e)
		}
	}
	r.recovery = recovery{}
	r.Release()
}

// publishRows publishes posts that an unconfirmed Append has left behind.
func (r *Room) publishRows(rows []history.Post) {
	entries := make([]entry, len(rows))
	for i, row := range rows {
		entries[i].post = row
		r.last = row.Time
		for _, e := range r.recovery.unsure {
			if e.key == row.Once {
				r.hub.once.settle(e, row.Seq)
			}
		}
	}
	r.publishPosts(entries)
}
