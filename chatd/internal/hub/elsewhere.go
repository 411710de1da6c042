package hub

import (
	"linechat/chatd/internal/backplane"
	"linechat/chatd/proto"
)

// seed counts those in who were in the room on other machines when it came into use.
func (r *Room) seed() {
	r.withLock(nil, func(now members) []*Member {
		for _, nick := range r.elsewhere {
			if r.appear(nick) {
				now.nicks++
			}
		}
		r.members.Store(&now)
		return nil
	})
}

// otherJoined has a session of another machine be in the room.
func (r *Room) otherJoined(id backplane.SessionID, nick Nick) {
	r.withLock(nil, func(now members) (told []*Member) {
		if _, there := r.elsewhere[id]; there {
			return nil
		}
		if r.elsewhere == nil {
			r.elsewhere = map[backplane.SessionID]Nick{}
		}
		r.elsewhere[id] = nick
		if r.appear(nick) {
			now.nicks++
			told = r.announcePresence(event{kind: proto.JOINED, nick: nick.Shown}, 0, now.nicks)
		}
		r.members.Store(&now)
		return told
	})
}

// otherLeft has a session of another machine be in the room no more.
func (r *Room) otherLeft(id backplane.SessionID, why string) {
	r.withLock(nil, func(now members) []*Member {
		nick, there := r.elsewhere[id]
		if !there {
			return nil
		}
		delete(r.elsewhere, id)
		size := now.nicks
		if !r.disappear(nick) {
			return nil
		}
		now.nicks--
		r.members.Store(&now)
		return r.announcePresence(event{kind: proto.LEFT, nick: nick.Shown, why: why}, 0, size)
	})
}

// otherNamed changes the nick of a session of another machine.
func (r *Room) otherNamed(id backplane.SessionID, nick Nick) {
	r.withLock(nil, func(now members) []*Member {
		old, there := r.elsewhere[id]
		if !there {
			return nil
		}
		r.elsewhere[id] = nick
		return r.rename(now, old, nick, 0)
	})
}
