package ui

import (
	"cmp"
	"maps"
	"slices"

	"linechat/chatd/proto"
)

// A room is one that the person is in.
type room struct {
	name      string          // as the server shows it
	here      map[string]bool // who is in it; nil: not known
	listings  int             // how often its members were asked for
	crossed   map[string]bool // who came, true, or went since then; nil: that was answered
	counted   int             // how many the server has said are in it
	nicks     nicks
	seen      uint64 // the last number
	unread    int    // posts that came while another room was current
	mentioned bool   // in one of them
}

// crowd is how many members a room has in which the server may no longer tell
// who comes and goes (protocol.md, "Order and what is promised").
const crowd = 50

// members is how many there are; 0: not known. Whoever comes and goes is noted
// by name, because what is told of it and what was asked for cross.
func (r *room) members() int {
	if r.here != nil && len(r.here) < crowd {
		return len(r.here)
	}
	return r.counted
}

// came notes that somebody is in the room.
func (r *room) came(nick string) {
	r.nicks = r.nicks.joined(nick)
	r.cross(nick, true)
	if r.here == nil {
		r.counted++
		return
	}
	r.here[nick] = true
	r.counted = len(r.here)
}

// went notes that somebody is not.
func (r *room) went(nick string) {
	r.nicks = r.nicks.without(nick)
	r.cross(nick, false)
	if r.here == nil {
		r.counted--
		return
	}
	delete(r.here, nick)
	r.counted = len(r.here)
}

// cross notes whether somebody is in the room while its members are asked for:
// the answer may be from before that.
func (r *room) cross(nick string, here bool) {
	if r.crossed != nil {
		r.crossed[nick] = here
	}
}

// list notes who is in the room, as the server has answered.
func (r *room) list(members []proto.Line) {
	crossed := r.crossed
	r.crossed, r.here = nil, map[string]bool{}
	for i := range members {
		r.came(members[i].Nick)
	}
	for nick, here := range crossed {
		if here {
			r.came(nick)
		} else {
			r.went(nick)
		}
	}
	r.nicks = r.nicks.first(r.here)
}

// changed notes that somebody has another nick.
func (r *room) changed(old, nick string) {
	spoken := r.nicks.renamed(old, nick)
	r.went(old)
	r.came(nick)
	r.nicks = spoken
}

// enterCurrent makes a room that one is in the current one; "": none.
func (u *ui) enterCurrent(name string) {
	u.showPresence()
	u.current = name
	if name != "" {
		u.removedFrom, u.failedJoin = "", ""
		r := u.rooms[name]
		r.unread, r.mentioned = 0, false
	}
	u.terminal.SetHistory(u.history.entries(name))
}

// drop takes a room off the list.
func (u *ui) drop(name string) {
	if u.current == name {
		u.enterCurrent("")
	}
	delete(u.rooms, name)
	u.joinedNames = slices.Sorted(maps.Keys(u.rooms))
}

// roomNamed returns the room of a name as it was typed, or nil.
func (u *ui) roomNamed(name string) *room {
	if r := u.rooms[name]; r != nil {
		return r
	}
	for shown, r := range u.rooms {
		if proto.SameRoom(shown, name) {
			return r
		}
	}
	return nil
}

// inputRoom is the room that the person takes to be the current one: what is typed
// behind a JOIN is meant for the room it leads to.
func (u *ui) inputRoom() string {
	for _, e := range slices.Backward(u.requests.all()) {
		if room, ok := e.target(); ok {
			return room
		}
	}
	return cmp.Or(u.failedJoin, u.current)
}

// nicks are those of a room, for completion: whoever spoke last comes first.
// They are replaced, never changed, because others read them.
type nicks []string

// mostNicks is how many are kept.
const mostNicks = 1000

// heard puts a nick first.
func (n nicks) heard(nick string) nicks {
	if len(n) > 0 && n[0] == nick {
		return n
	}
	others := n.without(nick)
	return append(nicks{nick}, others[:min(len(others), mostNicks-1)]...)
}

// joined adds a nick behind the others.
func (n nicks) joined(nick string) nicks {
	if len(n) >= mostNicks || slices.Contains(n, nick) {
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

// first puts the nicks that are here before those that are not.
func (n nicks) first(here map[string]bool) nicks {
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
		return n.joined(nick)
	}
	n = slices.Clone(n.without(nick))
	if i = slices.Index(n, old); i >= 0 {
		n[i] = nick
	}
	return n
}
