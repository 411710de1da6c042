package jetstream

import (
	"slices"
	"time"

	"linechat/chatd/internal/backplane"
)

// voteTime is how long after the first copy that differs the others are waited for.
const voteTime = 3 * time.Second

// peers compares this copy with those of the other machines, by their heartbeats.
type peers struct {
	last   map[uint64]comparison // by epoch
	differ time.Time             // since when some copy differs; zero: none does
	since  uint64                // the position of the first that did
}

// A comparison is what came of the last heartbeat of a machine that could be compared.
type comparison struct {
	seq  uint64 // where the copies were compared
	same bool
}

// A vote is what the copies of all machines say of this one.
type vote byte

const (
	agreed   vote = iota // none differs
	open                 // some differ, and not all have been compared since
	outvoted             // at least as many differ as agree, this one included
	majority             // some differ, and more agree
)

// compare compares the copy of a machine, as its heartbeat has it, with this one's trail.
func (p *peers) compare(epoch uint64, h *backplane.Heartbeat, own *trail, now time.Time) {
	at := own.at(h.Applied)
	if at == nil {
		return
	}
	if p.last == nil {
		p.last = map[uint64]comparison{}
	}
	c := comparison{h.Applied, at.hash == h.Hash}
	p.last[epoch] = c
	if !c.same && p.differ.IsZero() {
		p.differ, p.since = now, c.seq
	}
}

// vote counts the copies of live epochs, of which own is this machine's.
func (p *peers) vote(live []uint64, own uint64, now time.Time) vote {
	same, other, waiting := 1, 0, 0
	for epoch, c := range p.last {
		switch {
		case !slices.Contains(live, epoch):
			delete(p.last, epoch)
		case !c.same:
			other++
		case c.seq >= p.since:
			same++
		}
	}
	if other == 0 {
		p.differ, p.since = time.Time{}, 0
		return agreed
	}
	for _, epoch := range live {
		if c, known := p.last[epoch]; epoch != own && (!known || c.same && c.seq < p.since) {
			waiting++
		}
	}
	switch {
	case waiting > 0 && now.Sub(p.differ) < voteTime:
		return open
	case other >= same:
		return outvoted
	}
	return majority
}

// compared reports whether all live epochs but own have been compared.
func (p *peers) compared(live []uint64, own uint64) bool {
	return !slices.ContainsFunc(live, func(epoch uint64) bool {
		_, known := p.last[epoch]
		return epoch != own && !known
	})
}

// different returns the epochs whose copies differ, sorted.
func (p *peers) different() (epochs []uint64) {
	for epoch, c := range p.last {
		if !c.same {
			epochs = append(epochs, epoch)
		}
	}
	slices.Sort(epochs)
	return epochs
}
