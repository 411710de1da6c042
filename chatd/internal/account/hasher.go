package account

import (
	"cmp"
	"context"
	"runtime"
	"slices"
	"sync"
	"time"
)

// How many passwords wait to be hashed, over all and of one origin; the latter counts
// those that are being hashed, too.
const (
	maxWaiting   = 64
	maxPerOrigin = 8
)

// A hasher bounds how many passwords are hashed at a time, so that logins leave the
// processors to those who talk. Its callers do the hashing. Origins have their turns one
// after the other, however much each of them asks for; those with fewer wrong tries come
// first, and the others give way to them, so that guesses from many origins do not keep
// anybody else from logging in.
type hasher struct {
	max    int                 // at a time
	hashed func(time.Duration) // called after each f; nil: nobody is

	mu      sync.Mutex
	running int
	waiting int
	origins map[string]*origin
	next    []*origin // those for which somebody waits, in the order of their turns
}

// An origin is the callers from one address.
type origin struct {
	name    string
	wrong   int // tries, when its last caller came
	callers int // that hash or wait
	waiters []chan bool
}

func newHasher() *hasher {
	return &hasher{max: max(1, runtime.GOMAXPROCS(0)/2), origins: map[string]*origin{}}
}

// run calls f when it is the turn of a caller from an origin with that many wrong tries.
// ErrBusy, and the error of ctx; f was not called then.
func (h *hasher) run(ctx context.Context, from string, wrong int, f func()) error {
	turn, err := h.enter(from, wrong)
	if err != nil {
		return err
	}
	mine := false
	select {
	case mine = <-turn:
		err = ErrBusy
	case <-ctx.Done():
		mine = !h.giveUp(from, turn) && <-turn
		err = ctx.Err()
	}
	if !mine {
		return err
	}
	defer h.leave(from)
	if err := ctx.Err(); err != nil {
		return err
	}
	began := time.Now()
	f()
	if h.hashed != nil {
		h.hashed(time.Since(began))
	}
	return nil
}

// enter returns a channel that says true when it is the caller's turn, and false when the
// caller has given way. ErrBusy.
func (h *hasher) enter(from string, wrong int) (turn chan bool, err error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	o := h.origins[from]
	if o == nil {
		o = &origin{name: from}
	}
	if o.callers >= maxPerOrigin || h.running == h.max && h.waiting >= maxWaiting && !h.makeRoom(wrong) {
		return nil, ErrBusy
	}
	h.origins[from] = o
	o.wrong = wrong
	o.callers++
	turn = make(chan bool, 1)
	if h.running < h.max {
		h.running++
		turn <- true
		return turn, nil
	}
	if len(o.waiters) == 0 {
		h.next = append(h.next, o)
	}
	o.waiters = append(o.waiters, turn)
	h.waiting++
	return turn, nil
}

// makeRoom has the last waiter of those with most wrong tries give way to a caller with
// fewer, and reports whether there is one.
func (h *hasher) makeRoom(wrong int) bool {
	worst := h.next[0]
	for _, o := range h.next {
		if o.wrong >= worst.wrong {
			worst = o
		}
	}
	if worst.wrong <= wrong {
		return false
	}
	last := worst.waiters[len(worst.waiters)-1]
	h.remove(worst, last)
	last <- false
	return true
}

// giveUp takes back a turn that has not come, and reports whether it could.
func (h *hasher) giveUp(from string, turn chan bool) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	o := h.origins[from]
	if o == nil || !slices.Contains(o.waiters, turn) {
		return false
	}
	h.remove(o, turn)
	return true
}

// remove removes a caller that waits.
func (h *hasher) remove(o *origin, turn chan bool) {
	o.waiters = slices.DeleteFunc(o.waiters, func(other chan bool) bool { return other == turn })
	if len(o.waiters) == 0 {
		h.next = slices.DeleteFunc(h.next, func(other *origin) bool { return other == o })
	}
	h.waiting--
	h.drop(o)
}

// leave ends a turn, and begins the next one.
func (h *hasher) leave(from string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.running--
	h.drop(h.origins[from])
	if len(h.next) == 0 {
		return
	}
	o := slices.MinFunc(h.next, func(a, b *origin) int { return cmp.Compare(a.wrong, b.wrong) }) // the first of these
	h.next = slices.DeleteFunc(h.next, func(other *origin) bool { return other == o })
	turn := o.waiters[0]
	o.waiters = o.waiters[1:]
	if len(o.waiters) > 0 {
		h.next = append(h.next, o)
	}
	h.waiting--
	h.running++
	turn <- true
}

// drop forgets one caller of an origin.
func (h *hasher) drop(o *origin) {
	if o.callers--; o.callers == 0 {
		delete(h.origins, o.name)
	}
}
