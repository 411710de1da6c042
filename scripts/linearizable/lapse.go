package linearizable

import (
	"context"
	"errors"
	"time"
)

const (
	noEpoch     = -1 // it is not known
	epochWithin = 10 * time.Second
)

var errNoEpoch = errors.New("the machine's epoch is not known")

// A hold is a nick that a session has had.
type hold struct {
	claim command
	from  int64 // when it was claimed
	until int64 // when it had been given up; 0: not before the session's end
}

// A past is what a session leaves: its machine may have been taken for gone meanwhile.
type past struct {
	client  int
	machine int
	epoch   int // when the session began
	held    []hold
}

// past returns the session's.
func (c *client) past() past { return past{c.number, c.machine, c.epoch, c.held} }

// letGo notes that the session does not have its nick any more.
func (c *client) letGo() {
	if n := len(c.held); c.nick != "" && n > 0 {
		c.held[n-1].until = c.run.History.call()
	}
}

// leave keeps a past until the epoch of its machine is known.
func (r *Run) leave(p past) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.pasts = append(r.pasts, p)
}

// epoch returns that of a machine, and settles what sessions have left there, if it is known.
// That a client has enough does not end it.
func (r *Run) epoch(ctx context.Context, machine int) int {
	ended := r.take(machine)
	now := 0
	if r.chat.Epoch != nil {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), epochWithin)
		defer cancel()
		var err error
		if now, err = r.chat.Epoch(ctx, machine); err != nil {
			now = noEpoch
		}
	}
	for _, p := range ended {
		if now == noEpoch {
			r.leave(p)
		} else {
			r.lapse(p, now)
		}
	}
	return now
}

// take returns what has been left at a machine, which the caller settles: an epoch that is read
// from now on is one after that.
func (r *Run) take(machine int) (ended []past) {
	r.mu.Lock()
	defer r.mu.Unlock()
	var others []past
	for _, p := range r.pasts {
		if p.machine == machine {
			ended = append(ended, p)
		} else {
			others = append(others, p)
		}
	}
	r.pasts = others
	return ended
}

// lapse notes that a session, whose machine had another epoch when it began, may have lost each
// nick that it has had, and have got it back, as often as the others have taken the machine for
// gone. All of this has happened by now.
func (r *Run) lapse(p past, epoch int) {
	times := epoch - p.epoch
	if p.epoch == noEpoch || times < 0 {
		times = 1
	}
	now := r.History.call()
	for _, h := range p.held {
		gone, back := h.claim, h.claim
		gone.verb, back.verb = release, regain
		until := h.until
		if until == 0 {
			until = now
		}
		for range times {
			r.History.put(p.client, h.from, until, gone, answer{})
			r.History.put(p.client, h.from, until, back, answer{})
		}
	}
}
