package account

import (
	"context"
	"runtime"
	"slices"
	"sync"
)

// How many passwords wait to be hashed, over all and of one origin; the latter counts
// those that are being hashed, too.
const (
	maxWaiting   = 64
	maxPerOrigin = 8
)

// A hasher bounds how many passwords are hashed at a time, so that logins leave the
// processors to those who talk. Its callers do the hashing. Origins have their turns one
// after the other, however much each of them asks for.
type hasher struct {
	max int // at a time

	mu      sync.Mutex
	running int
	waiting int
	origins map[string]*origin
	next    []*origin // those for which somebody waits, in the order of their turns
}

// An origin is the callers from one address.
type origin struct {
	callers int // that hash or wait
	waiters []chan struct{}
}

func newHasher() *hasher {
	return &hasher{max: max(1, runtime.GOMAXPROCS(0)/2), origins: map[string]*origin{}}
}

// run calls f when it is its turn. ErrBusy, and the error of ctx; f was not called then.
func (h *hasher) run(ctx context.Context, from string, f func()) error {
	turn, err := h.enter(from)
	if err != nil {
		return err
	}
	select {
	case <-turn:
	case <-ctx.Done():
		if h.giveUp(from, turn) {
			return ctx.Err()
		}
		defer h.leave(from)
		return ctx.Err()
	}
	defer h.leave(from)
	f()
	return nil
}

// enter returns a channel that is closed when it is the caller's turn. ErrBusy.
func (h *hasher) enter(from string) (turn chan struct{}, err error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	o := h.origins[from]
	if o == nil {
		o = &origin{}
	}
	if o.callers >= maxPerOrigin || h.running == h.max && h.waiting >= maxWaiting {
		return nil, ErrBusy
	}
	h.origins[from] = o
	o.callers++
	turn = make(chan struct{})
	if h.running < h.max {
		h.running++
		close(turn)
		return turn, nil
	}
	if len(o.waiters) == 0 {
		h.next = append(h.next, o)
	}
	o.waiters = append(o.waiters, turn)
	h.waiting++
	return turn, nil
}

// giveUp takes back a turn that has not come, and reports whether it could.
func (h *hasher) giveUp(from string, turn chan struct{}) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	o := h.origins[from]
	i := slices.Index(o.waiters, turn)
	if i < 0 {
		return false
	}
	o.waiters = slices.Delete(o.waiters, i, i+1)
	if len(o.waiters) == 0 {
		h.next = slices.DeleteFunc(h.next, func(other *origin) bool { return other == o })
	}
	h.waiting--
	h.drop(from, o)
	return true
}

// leave ends a turn, and begins the next one.
func (h *hasher) leave(from string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.running--
	h.drop(from, h.origins[from])
	if len(h.next) == 0 {
		return
	}
	o := h.next[0]
	h.next = h.next[1:]
	turn := o.waiters[0]
	o.waiters = o.waiters[1:]
	if len(o.waiters) > 0 {
		h.next = append(h.next, o)
	}
	h.waiting--
	h.running++
	close(turn)
}

// drop forgets one caller of an origin.
func (h *hasher) drop(from string, o *origin) {
	if o.callers--; o.callers == 0 {
		delete(h.origins, from)
	}
}
