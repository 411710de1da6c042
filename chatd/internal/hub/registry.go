package hub

import (
	"context"
	"time"
)

// How long a room stays in use after its last reference is released, and how many such
// rooms there are at most. Whoever posts without joining soon comes again.
const (
	idleFor = 5 * time.Second
	maxIdle = 256
)

// Open returns the room of that fold, and with it a reference, to be released once. It
// waits for the store if the room is not in use. history.ErrNoRoom, history.ErrFailed.
func (h *Hub) Open(ctx context.Context, b Blocker, fold string) (*Room, error) {
	for again := false; ; again = true {
		r, began := h.acquire(fold)
		err := r.awaitLoaded(ctx, b)
		if err == nil {
			return r, nil
		}
		r.Release()
		if began || again || ctx.Err() != nil {
			return nil, err
		}
		// This load began before the call, so the room may have been created since. A
		// room whose load fails leaves the map, so the next load began after the call.
	}
}

// awaitLoaded waits until the room is loaded, or returns why it cannot be.
func (r *Room) awaitLoaded(ctx context.Context, b Blocker) error {
	if !r.loaded() { // otherwise ctx.Done would allocate a channel for nothing
		block(b)
		select {
		case <-r.ready:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return r.failed
}

// acquire returns the room of that fold with a further reference, and reports whether
// this call began its load.
func (h *Hub) acquire(fold string) (r *Room, began bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	r = h.rooms[fold]
	if began = r == nil; began {
		r = newRoom(h, fold)
		r.elsewhere = h.others.in(fold)
		h.rooms[fold] = r
		h.wg.Go(r.run)
	}
	h.refer(r)
	return r, began
}

// refer adds a reference to a room in use. Its caller holds mu.
func (h *Hub) refer(r *Room) {
	if r.refs == 0 && r.idleTimer != nil {
		h.idle--
		r.idleTimer.Stop()
	}
	r.refs++
}

// retain adds a reference, for the room itself.
func (r *Room) retain() {
	r.hub.mu.Lock()
	defer r.hub.mu.Unlock()
	r.refs++
}

// Release gives a reference back. The room ends a while after the last one.
func (r *Room) Release() {
	h := r.hub
	h.mu.Lock()
	defer h.mu.Unlock()
	if r.refs--; r.refs > 0 {
		return
	}
	if h.rooms[r.fold] != r {
		if r.dropped.Load() {
			close(r.stop)
		}
		return
	}
	h.idle++
	if h.idle > maxIdle || h.closed || !r.loaded() {
		h.end(r)
		return
	}
	r.idleTimer = time.AfterFunc(idleFor, func() {
		h.mu.Lock()
		defer h.mu.Unlock()
		if r.refs == 0 && h.rooms[r.fold] == r {
			h.end(r)
		}
	})
}

// loaded reports whether the load has ended, in success or failure.
func (r *Room) loaded() bool {
	select {
	case <-r.ready:
		return true
	default:
		return false
	}
}

// remove takes a room whose load has failed, or that is deleted, out of the map, so that
// whoever opens it next asks the store again.
func (h *Hub) remove(r *Room) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.rooms[r.fold] == r {
		delete(h.rooms, r.fold)
	}
}

// end ends a room that nobody has a reference to. Its caller holds mu.
func (h *Hub) end(r *Room) {
	h.idle--
	delete(h.rooms, r.fold)
	close(r.stop)
}
