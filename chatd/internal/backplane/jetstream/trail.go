package jetstream

import (
	"crypto/sha256"
	"time"
)

// trailLength is for how many records it is remembered what this copy was like after them: those
// of a second or two, which heartbeats are behind.
const trailLength = 1 << 14

// A trail remembers the copy's hash after each of the last records.
type trail struct{ steps [trailLength]step }

type step struct {
	seq  uint64
	time time.Time // of the record in the stream
	hash [sha256.Size]byte
}

func (t *trail) add(s step) { t.steps[s.seq%trailLength] = s }

// at returns what is remembered of a record; nil: nothing.
func (t *trail) at(seq uint64) *step {
	if s := &t.steps[seq%trailLength]; s.seq == seq && seq > 0 {
		return s
	}
	return nil
}
