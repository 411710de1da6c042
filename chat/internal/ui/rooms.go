package ui

import "linechat/chatd/proto"

// A room is one that the person is in.
type room struct {
	name      string          // as the server shows it
	joined    bool            // its backlog was shown
	members   map[string]bool // who is in it; nil: not known
	queries   int             // how often its members were asked for
	changes   map[string]bool // who came, true, or went since then; nil: that was answered
	counted   int             // how many the server has said are in it
	nicks     nicks
	unread    int  // posts that came while another room was current
	mentioned bool // in one of them
}

// maxPresence is how many members a room has in which the server may no longer tell
// who comes and goes (protocol.md, "Order and what is promised").
const maxPresence = 50

// memberCount is how many there are; 0: not known. Whoever comes and goes is noted
// by name, because what is told of it and what was asked for cross.
func (r *room) memberCount() int {
	if r.members != nil && len(r.members) < maxPresence {
		return len(r.members)
	}
	return r.counted
}

// add notes that somebody is in the room.
func (r *room) add(nick string) {
	r.nicks = r.nicks.appended(nick)
	r.noteChange(nick, true)
	if r.members == nil {
		r.counted++
		return
	}
	r.members[nick] = true
	r.counted = len(r.members)
}

// remove notes that somebody is not.
func (r *room) remove(nick string) {
	r.nicks = r.nicks.without(nick)
	r.noteChange(nick, false)
	if r.members == nil {
		r.counted--
		return
	}
	delete(r.members, nick)
	r.counted = len(r.members)
}

// noteChange notes whether somebody is in the room while its members are asked for:
// the answer may be from before that.
func (r *room) noteChange(nick string, here bool) {
	if r.changes != nil {
		r.changes[nick] = here
	}
}

// setMembers notes who is in the room, as the server has answered.
func (r *room) setMembers(members []proto.Line) {
	crossed := r.changes
	r.changes, r.members = nil, map[string]bool{}
	for i := range members {
		r.add(members[i].Nick)
	}
	for nick, here := range crossed {
		if here {
			r.add(nick)
		} else {
			r.remove(nick)
		}
	}
	r.nicks = r.nicks.membersFirst(r.members)
}

// rename notes that somebody has another nick.
func (r *room) rename(old, nick string) {
	spoken := r.nicks.renamed(old, nick)
	r.remove(old)
	r.add(nick)
	r.nicks = spoken
}

// room returns a room that the person is in, or a new one that nobody else has.
func (u *ui) room(name string) *room {
	if r := u.rooms[name]; r != nil {
		return r
	}
	return &room{name: name}
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
