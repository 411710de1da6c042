package ui

import (
	"time"

	"linechat/chat/client"
	"linechat/chatd/proto"
)

// recountInterval is how often the members of a room are counted in which the server
// does not tell who comes and goes.
const recountInterval = time.Minute

// roomListMaxAge is how old the list of rooms may be when Tab completes a room.
const roomListMaxAge = 10 * time.Second

// fetchHelp asks for the server's commands.
func (u *ui) fetchHelp() {
	u.query(proto.Command{Verb: "HELP"}, func(r client.Reply) { u.help = r.Lines })
}

// maxListed is how many members a room may have for them to be listed by name.
const maxListed = 1000

// fetchMembers asks who is in a room, for the status row and Tab.
func (u *ui) fetchMembers(r *room) {
	if r.counted > maxListed {
		return
	}
	r.queries++
	n := r.queries
	r.changes = map[string]bool{}
	u.query(proto.Command{Verb: "WHO", Room: r.name}, func(reply client.Reply) {
		if n == r.queries { // else the answer to a later WHO follows
			r.setMembers(reply.Members())
		}
	})
}

// fetchRooms asks which rooms there are, for Tab, and how many members they have.
func (u *ui) fetchRooms() {
	u.listedAt = u.now()
	u.query(proto.Command{Verb: "ROOMS"}, func(r client.Reply) {
		u.listed = nil
		for _, room := range r.Rooms() {
			u.listed = append(u.listed, room.Name)
			u.setCount(room.Name, int(room.Members))
		}
	})
}

// setCount notes how many members a room has, if they were or are too many for the
// server to tell who comes and goes. When they no longer are, it asks for the names.
func (u *ui) setCount(name string, n int) {
	r := u.rooms[name]
	if r == nil || n < maxPresence && r.memberCount() < maxPresence {
		return
	}
	if r.counted = n; n < maxPresence {
		u.fetchMembers(r)
	}
}

// recountDue is when members are to be counted again; zero: never.
func (u *ui) recountDue() time.Time {
	for _, r := range u.rooms {
		if r.memberCount() >= maxPresence && u.session.Connected() {
			return u.listedAt.Add(recountInterval)
		}
	}
	return time.Time{}
}

// refreshRooms asks for the rooms again if the list is old.
func (u *ui) refreshRooms() {
	if u.now().Sub(u.listedAt) >= roomListMaxAge {
		u.fetchRooms()
	}
}
