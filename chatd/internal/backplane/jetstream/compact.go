package jetstream

import "linechat/chatd/internal/backplane"

// compactAbove is how many submissions wait before compact looks for those that need not.
const compactAbove = 4096

// A place is a session, or with a fold its being in a room.
type place struct {
	session uint64
	fold    string
}

// compact drops patient submissions that later ones make needless: of a session that ends all
// others, else all but its last nick, and all but the last of what it does with each room. So
// what waits while this machine is cut off is bounded by how many sessions there are, and not by
// what they do meanwhile. The queue keeps its order.
func compact(queue []*submission) []*submission {
	var (
		later = map[place]bool{}
		ended = map[uint64]bool{}
		kept  = queue[:0]
		drop  = make([]bool, len(queue))
	)
	for i := len(queue) - 1; i >= 0; i-- {
		at, presence := placeOf(queue[i].change)
		if !presence || !queue[i].patient() {
			continue
		}
		if drop[i] = ended[at.session] || later[at]; drop[i] {
			continue
		}
		later[at] = true
		if _, ends := queue[i].change.(*backplane.End); ends {
			ended[at.session] = true
		}
	}
	for i, s := range queue {
		if drop[i] {
			s.answer(backplane.Verdict{})
			continue
		}
		kept = append(kept, s)
	}
	clear(queue[len(kept):])
	return kept
}

// placeOf returns what a change of presence is about, and whether it is one.
func placeOf(c backplane.Change) (at place, presence bool) {
	switch c := c.(type) {
	case *backplane.Nick:
		return place{session: c.Session}, true
	case *backplane.Login:
		return place{session: c.Session}, true
	case *backplane.End:
		return place{session: c.Session}, true
	case *backplane.Join:
		return place{c.Session, c.Fold}, true
	case *backplane.Leave:
		return place{c.Session, c.Fold}, true
	}
	return place{}, false
}
