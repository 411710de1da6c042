package ui

import "slices"

// nicks are those of a room, for completion: whoever spoke last comes first.
// They are replaced, never changed, because others read them.
type nicks []string

// maxNicks is how many are kept.
const maxNicks = 1000

// spoke puts a nick first.
func (n nicks) spoke(nick string) nicks {
	if len(n) > 0 && n[0] == nick {
		return n
	}
	others := n.without(nick)
	return append(nicks{nick}, others[:min(len(others), maxNicks-1)]...)
}

// appended adds a nick behind the others.
func (n nicks) appended(nick string) nicks {
	if len(n) >= maxNicks || slices.Contains(n, nick) {
		return n
	}
	return append(slices.Clip(n), nick)
}

// without takes a nick away.
func (n nicks) without(nick string) nicks {
	i := slices.Index(n, nick)
	if i < 0 {
		return n
	}
	return slices.Concat(n[:i], n[i+1:])
}

// membersFirst puts the nicks that are here before those that are not.
func (n nicks) membersFirst(here map[string]bool) nicks {
	n = slices.Clone(n)
	slices.SortStableFunc(n, func(a, b string) int {
		switch {
		case here[a] == here[b]:
			return 0
		case here[a]:
			return -1
		}
		return 1
	})
	return n
}

// renamed puts a nick in another's place.
func (n nicks) renamed(old, nick string) nicks {
	i := slices.Index(n, old)
	if i < 0 {
		return n.appended(nick)
	}
	n = slices.Clone(n.without(nick))
	if i = slices.Index(n, old); i >= 0 {
		n[i] = nick
	}
	return n
}
