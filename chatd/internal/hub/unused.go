package hub

import (
	"errors"
	"time"

	"linechat/chatd/internal/backplane"
	"linechat/chatd/internal/history"
)

// How long a guest's room stays to which nothing was ever posted (protocol.md, "CREATE"),
// how often such rooms are looked for, and how many at a time.
const (
	unusedFor   = 24 * time.Hour
	unusedEvery = 10 * time.Minute
	unusedPage  = 100
)

// dropUnusedRooms deletes such rooms, until Close.
func (h *Hub) dropUnusedRooms() {
	for failing := false; wait(h.ctx, unusedEvery); {
		err := h.dropUnusedBefore(time.Now().Add(-unusedFor))
		if err != nil && !failing && h.ctx.Err() == nil {
			h.config.Log.Warn("guests' rooms that nobody uses could not be deleted; it is tried again and again", "err", err)
		}
		failing = err != nil
	}
}

// dropUnusedBefore deletes those that were made before t.
func (h *Hub) dropUnusedBefore(t time.Time) error {
	for after := ""; ; {
		folds, err := h.store.Unused(h.ctx, t, after, unusedPage)
		if err != nil || len(folds) == 0 {
			return err
		}
		for _, fold := range folds {
			if err := h.dropUnused(fold, t); err != nil {
				return err
			}
		}
		after = folds[len(folds)-1]
	}
}

// dropUnused deletes an unused room, unless it is in use. Whoever opens it meanwhile waits,
// and finds none.
func (h *Hub) dropUnused(fold string, t time.Time) error {
	r := newRoom(h, fold)
	r.refs = 1
	h.mu.Lock()
	inUse := h.rooms[fold] != nil
	if !inUse {
		h.rooms[fold] = r
	}
	h.mu.Unlock()
	if inUse {
		return nil
	}
	r.failed = h.ifGone(h.ctx, fold, backplane.Do(h.changes, &backplane.DropUnused{Fold: fold, Before: t}).Err)
	err := r.failed
	if err == nil {
		if !h.shared {
			h.roomCount.remove(history.Owner{Guest: true})
		}
		r.failed = history.ErrNoRoom
	}
	h.remove(r)
	close(r.ready)
	r.Release()
	if errors.Is(err, history.ErrNoRoom) {
		return nil // it has been used, or is gone already
	}
	return err
}
