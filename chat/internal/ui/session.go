package ui

import (
	"cmp"
	"maps"
	"slices"

	"linechat/chat/client"
	"linechat/chat/internal/render"
	"linechat/chatd/proto"
)

// onStateChange is the one place where the session changes.
func (u *ui) onStateChange(e client.StateChange) {
	u.session, u.connection.next = e.To, e.Next
	u.route.follow(e.To.Room)
	for _, name := range e.To.Rooms {
		u.rooms[name] = u.room(name)
	}
	maps.DeleteFunc(u.rooms, func(name string, _ *room) bool { return !slices.Contains(e.To.Rooms, name) })
	if e.From.Nick != e.To.Nick {
		u.onNickChange(e)
	}
	if e.From.Account != e.To.Account {
		u.fetchHelp() // a guest has fewer commands
		u.fetchIgnored()
	}
	switch {
	case e.To.State == client.Lost && !u.connection.lost:
		u.connection.lost = true
		u.eventf("lost the connection (%s); reconnecting", cmp.Or(u.connection.bye, u.config.Reason(e.Err)))
	case e.To.Connected() && u.connection.lost:
		u.connection = connection{}
		u.eventf("%s", render.ConnectedAgain(e))
		u.onReconnected()
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
func (u *ui) onReconnected() {
	u.fetchHelp()
	u.fetchRooms()
	if u.session.Account != "" { // what a guest ignores the client says again
		u.fetchIgnored()
	}
	for _, r := range u.rooms {
		u.fetchMembers(r)
	}
}

// onRoomLost: a room could not be joined again.
func (u *ui) onRoomLost(e client.RoomLost) {
	u.eventf("you are no longer in %s: %s", e.Room, explain(proto.Command{Room: e.Room}, e.Err))
	u.route.lose(e.Room)
}

// showRoom shows that a room is the current one; "": none is.
func (u *ui) showRoom(name string) {
	u.showPresence()
	if r := u.rooms[name]; r != nil {
		r.unread, r.mentioned = 0, false
	}
}
