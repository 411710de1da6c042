package ui

import (
	"cmp"
	"maps"
	"slices"

	"linechat/chat/client"
	"linechat/chatd/proto"
)

// onStateChange is the one place where the session changes.
func (u *ui) onStateChange(e client.StateChange) {
	u.session, u.connection.next = e.To, e.Next
	for _, name := range e.To.Rooms {
		u.rooms[name] = u.room(name)
	}
	maps.DeleteFunc(u.rooms, func(name string, _ *room) bool { return !slices.Contains(e.To.Rooms, name) })
	if e.From.Nick != e.To.Nick {
		u.onNickChange(e)
	}
	switch {
	case e.To.State == client.Lost && !u.connection.lost:
		u.connection.lost = true
		u.eventf("lost the connection (%s); reconnecting", cmp.Or(u.connection.bye, u.config.Reason(e.Err)))
	case e.To.Connected() && u.connection.lost:
		u.connection = connection{}
		u.onReconnected(e)
	}
}

// onNickChange shows the nick, and why it is not the one that was wanted.
func (u *ui) onNickChange(e client.StateChange) {
	for _, r := range u.rooms {
		r.rename(e.From.Nick, e.To.Nick)
	}
	if e.Err != nil {
		u.eventf("you are %s now: %s", e.To.Nick, explain(proto.Command{Text: e.From.Nick}, e.Err))
		return
	}
	u.eventf("you are %s now", e.To.Nick)
}

// onReconnected asks for what may have changed while there was no connection.
func (u *ui) onReconnected(e client.StateChange) {
	u.moved = u.moved || e.From.Room != e.To.Room
	u.eventf("connected again")
	u.fetchHelp()
	u.fetchRooms()
	for _, r := range u.rooms {
		u.fetchMembers(r)
	}
}

// onRoomLost: a room could not be joined again.
func (u *ui) onRoomLost(e client.RoomLost) {
	u.eventf("you are no longer in %s: %s", e.Room, explain(proto.Command{Room: e.Room}, e.Err))
	u.loseRoom(e.Room)
}

// loseRoom notes that the person is in a room no longer, without having wished it:
// a line that is being typed for it must neither be posted to another room nor be
// carried out as a command.
func (u *ui) loseRoom(name string) {
	if name == u.currentRoom() {
		u.moved, u.lostRoom = true, name
	}
}

// currentRoom is the room that lines are posted to; "": none, and lines are commands.
func (u *ui) currentRoom() string {
	if u.moved {
		return ""
	}
	return u.session.Room
}

// inputRoom is the room that the person takes to be the current one: what is typed
// after a /join is meant for the room that it leads to.
func (u *ui) inputRoom() string {
	return cmp.Or(u.requests.joining(), u.failedJoin, u.currentRoom())
}

// showRoom shows that a room is the current one; "": none is.
func (u *ui) showRoom(name string) {
	u.showPresence()
	if r := u.rooms[name]; r != nil {
		r.unread, r.mentioned = 0, false
	}
}
