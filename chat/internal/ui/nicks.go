package ui

import "slices"

// nicks are those of a room, for completion: whoever wrote last comes first. Each
// method returns a new slice, because the prompt reads the old one.
type nicks []string

// maxNicks is how many are kept.
const maxNicks = 1000

// spoke returns them with a nick first.
func (n nicks) spoke(nick string) nicks {
	if len(n) > 0 && n[0] == nick {
		return n
	}
	others := n.without(nick)
	return append(nicks{nick}, others[:min(len(others), maxNicks-1)]...)
}

// appended returns them with a nick behind the others.
func (n nicks) appended(nick string) nicks {
	if len(n) >= maxNicks || slices.Contains(n, nick) {
		return n
	}
	return append(slices.Clip(n), nick)
}

// without returns them without a nick.
func (n nicks) without(nick string) nicks {
	i := slices.Index(n, nick)
	if i < 0 {
		return n
	}
	return slices.Concat(n[:i], n[i+1:])
}

// membersFirst returns them with those of members before the others.
func (n nicks) membersFirst(members map[string]bool) nicks {
	n = slices.Clone(n)
	slices.SortStableFunc(n, func(a, b string) int { return trueFirst(members[a], members[b]) })
	return n
}

// trueFirst compares what is sorted: true comes first.
func trueFirst(a, b bool) int {
	switch {
	case a == b:
		return 0
	case a:
		return -1
	}
	return 1
}

// renamed returns them with a nick in the place of the old one.
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
