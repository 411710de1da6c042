package machine

import (
	"cmp"
	"slices"
	"time"
)

// How long an epoch lives without a record, and how long it is remembered after its end, both
// in log time.
const (
	maxSilence    = 7 * time.Second
	rememberedFor = time.Hour
)

// epochs are the runs of machines that the log knows. The zero value is none.
type epochs struct {
	of    map[uint64]*epoch // live and ended
	live  []*epoch          // sorted by id
	ended []*epoch          // in the order of their ends
}

// An epoch is one run of a machine.
type epoch struct {
	id     uint64
	n      uint64        // of its last record that was applied
	at     time.Duration // of log time: of that record, or of its end
	speaks uint8
	ended  bool

	sessions []*session // sorted by their numbers
}

// admit decides what becomes of a record, and begins the epoch of one that is the first.
func (s *State) admit(r *Record) Outcome {
	if r.Epoch == 0 {
		return Malformed
	}
	e := s.epochs.of[r.Epoch]
	switch {
	case e == nil && r.N == 1:
		e = &epoch{id: r.Epoch}
		s.epochs.add(e)
	case e == nil || e.ended:
		return Fenced
	case r.N <= e.n:
		return Dup
	case r.N > e.n+1:
		return Hole
	}
	e.n, e.at = r.N, s.logTime
	return Applied
}

// endSilent ends the epochs that have not been heard of for too long, in the order of their
// ids, and forgets those that ended long ago.
func (s *State) endSilent() (ended []uint64) {
	for _, e := range s.epochs.live {
		if s.logTime-e.at >= maxSilence {
			ended = append(ended, e.id)
		}
	}
	for _, id := range ended {
		s.end(s.epochs.of[id])
		s.putEpoch(s.epochs.of[id])
	}
	for len(s.epochs.ended) > 0 && s.logTime-s.epochs.ended[0].at >= rememberedFor {
		s.forget(s.epochs.ended[0])
	}
	return ended
}

// end ends an epoch, with its sessions.
func (s *State) end(e *epoch) {
	sessions := e.sessions
	e.sessions = nil
	for _, here := range sessions {
		s.endSession(here)
	}
	e.at, e.ended = s.logTime, true
	s.epochs.live = slices.DeleteFunc(s.epochs.live, func(other *epoch) bool { return other == e })
	s.epochs.add(e)
}

func (s *State) forget(e *epoch) {
	delete(s.epochs.of, e.id)
	s.epochs.ended = s.epochs.ended[1:]
	s.delete(key(epochRow, e.id))
}

// add adds an epoch, which is live or has ended.
func (es *epochs) add(e *epoch) {
	if es.of == nil {
		es.of = map[uint64]*epoch{}
	}
	es.of[e.id] = e
	list, order := &es.live, byID
	if e.ended {
		list, order = &es.ended, byEnd
	}
	i, _ := slices.BinarySearchFunc(*list, e, order)
	*list = slices.Insert(*list, i, e)
}

func byID(a, b *epoch) int { return cmp.Compare(a.id, b.id) }

func byEnd(a, b *epoch) int { return cmp.Or(cmp.Compare(a.at, b.at), byID(a, b)) }

func (c *coder) epoch(e *epoch) {
	c.uint(&e.n)
	c.int((*int64)(&e.at))
	c.byte(&e.speaks)
	c.bool(&e.ended)
}

func (s *State) loadEpoch(key, value *coder) {
	e := &epoch{id: key.id()}
	value.epoch(e)
	s.epochs.add(e)
}
