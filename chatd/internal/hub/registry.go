package hub

import (
	"context"
	"time"
)

// A room that nobody has a handle on any more stays for a while, for whoever
// posts without joining comes again at once; but only so many do.
const (
	idleFor = 5 * time.Second
	maxIdle = 256
)

// Open returns a handle on the room of that fold, to be released once. It waits for
// the store where the room is not in use. history.ErrNoRoom, history.ErrFailed.
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
		// The load that has failed began before this call. The next one did not, for
		// a room that has failed has left the map.
	}
}

// awaitLoaded waits for the store to say what the room is, and returns why it is
// not to be had.
func (r *Room) awaitLoaded(ctx context.Context, b Blocker) error {
	if !r.loaded() { // else ctx need not make a channel, which it would keep
		block(b)
		select {
		case <-r.ready:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return r.failed
}

// acquire takes a handle on the room of that fold, and reports whether its load began
// with that.
func (h *Hub) acquire(fold string) (r *Room, began bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	r = h.rooms[fold]
	if began = r == nil; began {
		r = newRoom(h, fold)
		h.rooms[fold] = r
		h.spawn(r.run)
	} else if r.refs == 0 {
		h.idle--
		r.idleTimer.Stop()
	}
	r.refs++
	return r, began
}

// retain takes a further handle, for the room itself.
func (r *Room) retain() {
	r.hub.mu.Lock()
	defer r.hub.mu.Unlock()
	r.refs++
}

// Release gives a handle back. The room's goroutine ends a while after the last
// one.
func (r *Room) Release() {
	h := r.hub
	h.mu.Lock()
	defer h.mu.Unlock()
	if r.refs--; r.refs > 0 || h.rooms[r.fold] != r {
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

// loaded reports whether the store has answered what the room is, or has failed.
func (r *Room) loaded() bool {
	select {
	case <-r.ready:
		return true
	default:
		return false
	}
}

// remove takes a room out of the map that could not be loaded, so that whoever opens
// it next asks the store anew.
func (h *Hub) remove(r *Room) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.rooms[r.fold] == r {
		delete(h.rooms, r.fold)
	}
}

// end ends the goroutine of a room that nobody has a handle on, with mu held.
func (h *Hub) end(r *Room) {
	h.idle--
	delete(h.rooms, r.fold)
	close(r.stop)
}

// endIdle ends the rooms that nobody has a handle on, and those that nobody will have
// one on.
func (h *Hub) endIdle() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.closed = true
	for _, r := range h.rooms {
		if r.refs == 0 {
			r.idleTimer.Stop()
			h.end(r)
		}
	}
}
