package hub

import (
	"context"
	"time"

	"linechat/chatd/internal/history"
)

// A doubt is what a room does not know of its own stored posts after an Append
// whose outcome is unknown. While there is one, posts are refused and the room
// has a handle on itself; it ends when what is stored has been read back and
// published, or when the hub is closed.
type doubt struct {
	unsure  []*onceEntry     // keys whose post is perhaps stored
	reading bool             // reading back is under way
	again   <-chan time.Time // when to try next
	pause   time.Duration
}

// How long a room waits before it tries to read back again.
const (
	firstPause = 100 * time.Millisecond
	mostPause  = time.Second
)

// closing is a channel that ends the waiting for the next try.
func (d *doubt) closing(ctx context.Context) <-chan struct{} {
	if d.again == nil {
		return nil
	}
	return ctx.Done()
}

func (d *doubt) any() bool { return d.reading || d.again != nil }

// distrust answers posts of which it is not known whether they are stored, and
// those behind them, which certainly are not; then it finds out.
func (r *Room) distrust(posts []*Post, err error) {
	r.hub.config.Log.Error("it is not known whether posts are stored; further ones to this room are refused until it is", "room", r.name.Shown, "posts", len(posts), "err", err)
	r.hold()
	for _, p := range posts {
		if p.once != nil {
			r.hub.once.settle(p.once, 0)
			r.doubt.unsure = append(r.doubt.unsure, p.once)
		}
		p.Err = history.ErrUnknown
		p.finish()
	}
	for _, p := range r.waiting {
		r.refuse(p, history.ErrFailed)
		p.Owner.Wake()
	}
	r.waiting = r.waiting[:0]
	r.doubt.pause = firstPause
	r.readBack()
}

// readBack asks the store for the posts behind those that are published. The
// room goes on meanwhile.
func (r *Room) readBack() {
	r.doubt.reading, r.doubt.again = true, nil
	from := r.Head() + 1
	r.hub.wg.Go(func() {
		page, err := r.hub.store.Page(r.hub.ctx, r.fold, from, from+maxFlying, PageSize)
		r.bring(result{rows: page.Posts, err: err})
	})
}

// resolve deals with what readBack brought.
func (r *Room) resolve(res result) {
	r.doubt.reading = false
	switch {
	case r.hub.ctx.Err() != nil:
		r.doubt = doubt{}
		r.Release()
	case res.err != nil:
		r.doubt.again = time.After(r.doubt.pause)
		r.doubt.pause = min(2*r.doubt.pause, mostPause)
	case len(res.rows) > 0:
		r.publishRows(res.rows)
		r.readBack()
	default:
		for _, e := range r.doubt.unsure {
			if e.seq == 0 {
				r.hub.once.drop(e)
			}
		}
		r.doubt = doubt{}
		r.Release()
	}
}

// publishRows publishes posts that an unconfirmed Append has left behind.
func (r *Room) publishRows(rows []history.Post) {
	entries := make([]entry, len(rows))
	for i, row := range rows {
		entries[i].post = row
		r.last = row.Time
		for _, e := range r.doubt.unsure {
			if e.key == row.Once {
				r.hub.once.settle(e, row.Seq)
			}
		}
	}
	r.publishPosts(entries)
}
