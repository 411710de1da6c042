package ui

import (
	"linechat/chat/client"
	"linechat/chatd/proto"
)

// A room is one that the person is in.
type room struct {
	name      string          // as the server shows it
	joined    bool            // it was shown that the person has joined it
	members   map[string]bool // by nick; nil: not known
	queries   int             // how often the members were asked for
	changes   map[string]bool // who has joined (true) or left since then; nil: there is an answer
	counted   int             // the number of members that the server has said
	nicks     nicks
	unread    int  // posts that came while another room was current
	mentioned bool // in one of them
}

// maxPresence is the number of members from which on the server may not tell who
// comes and goes (protocol.md, "Order and what is promised").
const maxPresence = 50

// memberCount is how many members there are; 0: that is not known.
func (r *room) memberCount() int {
	if r.members != nil && len(r.members) < maxPresence {
		return len(r.members)
	}
	return r.counted
}

// add notes that somebody is a member.
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

// remove notes that somebody is not a member.
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

// isKnown reports whether it is known already that somebody is a member, or is not.
func (r *room) isKnown(nick string, isMember bool) bool {
	return r.members != nil && r.members[nick] == isMember
}

// noteChange notes who joins and leaves while the members are asked for: JOINED and
// LEFT may come before an answer that does not take them into account.
func (r *room) noteChange(nick string, isMember bool) {
	if r.changes != nil {
		r.changes[nick] = isMember
	}
}

// setMembers notes the members that a WHO has listed.
func (r *room) setMembers(members []client.Member) {
	changes := r.changes
	r.changes, r.members = nil, map[string]bool{}
	for _, m := range members {
		r.add(m.Nick)
	}
	for nick, isMember := range changes {
		if isMember {
			r.add(nick)
		} else {
			r.remove(nick)
		}
	}
	r.nicks = r.nicks.membersFirst(r.members)
}

// rename notes that a member has another nick.
func (r *room) rename(old, nick string) {
	spoken := r.nicks.renamed(old, nick)
	r.remove(old)
	r.add(nick)
	r.nicks = spoken
}

// room returns the room of a name. One that the person is not in is a new one.
func (u *ui) room(name string) *room {
	if r := u.rooms[name]; r != nil {
		return r
	}
	return &room{name: name}
}

// roomNamed returns the room of a name as somebody has typed it, or nil.
func (u *ui) roomNamed(name string) *room {
	for shown, r := range u.rooms {
		if proto.SameRoom(shown, name) {
			return r
		}
	}
	return nil
}
