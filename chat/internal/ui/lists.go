package ui

import (
	"time"

	"linechat/chat/client"
	"linechat/chatd/proto"
)

// recountInterval is how old the number of members may be in a room where the
// server does not tell who comes and goes.
const recountInterval = time.Minute

// roomListMaxAge is how old the list of rooms may be when rooms are completed.
const roomListMaxAge = 10 * time.Second

// fetchHelp asks for the server's commands.
func (u *ui) fetchHelp() {
	u.query(proto.Command{Verb: "HELP"}, func(r client.Reply) { u.help = r.Lines })
}

// maxListed is how large a room is whose members are all asked for.
const maxListed = 1000

// fetchMembers asks who is in a room, and shows nothing.
func (u *ui) fetchMembers(r *room) {
	if r.counted > maxListed {
		return
	}
	r.queries++
	n := r.queries
	r.changes = map[string]bool{}
	u.query(proto.Command{Verb: "WHO", Room: r.name}, func(reply client.Reply) {
		if n == r.queries { // else a newer answer is to come
			r.setMembers(reply.Lines)
		}
	})
}

// fetchRooms asks which rooms there are, and shows nothing.
func (u *ui) fetchRooms() {
	u.listedAt = u.now()
	u.query(proto.Command{Verb: "ROOMS"}, func(r client.Reply) {
		u.listed = nil
		for i := range r.Lines {
			u.listed = append(u.listed, r.Lines[i].Room)
			u.setCount(r.Lines[i].Room, int(r.Lines[i].Members))
		}
	})
}

// setCount notes how many members a room has, if these are so many that nobody
// tells who comes and goes. Names that no longer agree with it are asked for.
func (u *ui) setCount(name string, n int) {
	r := u.rooms[name]
	if r == nil || n < maxPresence && r.memberCount() < maxPresence {
		return
	}
	if r.counted = n; n < maxPresence {
		u.fetchMembers(r)
	}
}

// recountDue is when the members of a crowd are counted again; zero: never.
func (u *ui) recountDue() time.Time {
	for _, r := range u.rooms {
		if r.memberCount() >= maxPresence && u.session.Connected() {
			return u.listedAt.Add(recountInterval)
		}
	}
	return time.Time{}
}

// refreshRooms asks again if that was long ago.
func (u *ui) refreshRooms() {
	if u.now().Sub(u.listedAt) >= roomListMaxAge {
		u.fetchRooms()
	}
}
