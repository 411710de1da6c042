package hub

import (
	"context"
	"errors"

	"linechat/chatd/internal/backplane"
	"linechat/chatd/internal/history"
	"linechat/chatd/proto"
)

// Drop deletes a room with all its posts, and returns its name and its members, whose
// membership has ended, and whom the caller tells. The posts under way are stored before,
// and answered; later ones find no room. Of two calls for a room one waits for the other.
// history.ErrNoRoom, history.ErrFailed; history.ErrUnknown: the store does not say whether
// the room is deleted.
func (h *Hub) Drop(ctx context.Context, b Blocker, fold string) (proto.Name, []*Member, error) {
	block(b)
	r, err := h.Open(ctx, b, fold)
	if err != nil {
		return proto.Name{}, nil, err
	}
	defer r.Release()
	select {
	case r.settingTopic <- struct{}{}: // no topic is under way
		defer func() { <-r.settingTopic }()
	case <-ctx.Done():
		return proto.Name{}, nil, ctx.Err()
	}
	if r.dropped.Load() {
		return proto.Name{}, nil, history.ErrNoRoom
	}
	if err = r.refusePosts(ctx); err == nil {
		ctx := context.WithoutCancel(ctx)
		err = h.ifGone(ctx, fold, h.submitDrop(fold))
	}
	if err != nil {
		r.dropping.Store(nil)
		return proto.Name{}, nil, err
	}
	r.dropped.Store(true)
	if !h.shared {
		h.roomCount.remove(r.owner)
		h.dedup.forgetRoom(fold)
	}
	h.remove(r)
	return r.name, r.endMemberships(), nil
}

// submitDrop has the log delete a room, and waits. Who was there on other machines is there no
// more before it is delivered who has come to a new room of that name.
func (h *Hub) submitDrop(fold string) error {
	verdict := make(chan error, 1)
	h.changes.Submit(&backplane.Drop{Fold: fold}, func(v backplane.Verdict) {
		if v.Err == nil && h.shared {
			h.mu.Lock()
			h.others.drop(fold)
			h.mu.Unlock()
		}
		verdict <- v.Err
	})
	return <-verdict
}

// refusePosts has all posts refused from now on, and waits until none is under way.
func (r *Room) refusePosts(ctx context.Context) error {
	settled := make(chan struct{}, 1)
	r.dropping.Store(&settled)
	r.Notify()
	select {
	case <-settled:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Dropped reports whether the room is deleted. Its name may be another room's then.
func (r *Room) Dropped() bool { return r.dropped.Load() }

// settleDrop tells refusePosts that no post is under way, and so none will be.
func (r *Room) settleDrop() {
	if settled := r.dropping.Load(); settled != nil && len(r.inFlight) == 0 && len(r.waiting) == 0 && !r.recovery.active {
		signal(*settled)
	}
}

// ifGone returns the error of a deletion from the store. Where that cannot say whether it
// was done, it is asked once more.
func (h *Hub) ifGone(ctx context.Context, fold string, err error) error {
	if errors.Is(err, history.ErrUnknown) {
		if _, gone := h.store.Room(ctx, fold); errors.Is(gone, history.ErrNoRoom) {
			return nil
		}
	}
	return err
}

// endMemberships ends all memberships at one point of the room's order, and returns the
// members.
func (r *Room) endMemberships() []*Member {
	r.mu.Lock()
	defer r.mu.Unlock()
	here := r.log.head()
	all := r.members.Load().all
	for _, m := range all {
		m.end.Store(&here)
	}
	r.members.Store(new(members))
	r.accounts, r.elsewhere = nil, nil
	return all
}
