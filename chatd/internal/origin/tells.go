package origin

import (
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// A tells is what an origin has used of its private lines to each person. The zero value is
// all unused.
type tells struct {
	mu sync.Mutex

	// By the folded nick of the receiver. A bucket that was not used while others were since
	// then twice as long as it takes to fill is forgotten.
	current, previous map[string]*rate.Limiter
	since             time.Time // when current was empty
}

// to returns what is used for a receiver. Where that is nothing it returns nil, or with a
// limit a new bucket of it.
func (t *tells) to(receiver string, add *Limit) *rate.Limiter {
	t.mu.Lock()
	defer t.mu.Unlock()
	b := t.current[receiver]
	if b == nil {
		b = t.previous[receiver]
	}
	if add == nil {
		return b
	}
	if b == nil {
		b = add.bucket()
	}
	if now := time.Now(); t.current == nil || now.Sub(t.since) >= add.fillTime(float64(add.Burst)) {
		t.current, t.previous, t.since = map[string]*rate.Limiter{}, t.current, now
	}
	t.current[receiver] = b
	return b
}

// WaitTell returns how long it is until the origin may send a private line to the receiver,
// a folded nick. It takes nothing.
func (o *Origin) WaitTell(receiver string) (wait time.Duration) {
	limit, limited := o.limit(Tells)
	if b := o.tells.to(receiver, nil); limited && b != nil {
		wait = max(0, limit.fillTime(1-b.Tokens()))
	}
	if o.parent != nil {
		wait = max(wait, o.parent.WaitTell(receiver))
	}
	return wait
}

// Tell counts a private line to the receiver. Until its bucket is full again that takes some
// memory.
func (o *Origin) Tell(receiver string) {
	if o.parent != nil {
		o.parent.Tell(receiver)
	}
	if limit, limited := o.limit(Tells); limited {
		o.tells.to(receiver, &limit).Reserve()
	}
}
