package ui

import (
	"cmp"
	"slices"
	"time"

	"linechat/chat/client"
	"linechat/chat/internal/render"
	"linechat/chatd/proto"
)

// dispatch deals with what the client tells of.
func (u *ui) dispatch(e client.Event) {
	switch e := e.(type) {
	case client.Message:
		u.onMessage(e)
	case client.Tell:
		u.onTell(e)
	case client.MemberJoined:
		u.moved(e.Room, e)
	case client.MemberLeft:
		u.moved(e.Room, e)
	case client.MemberRenamed:
		u.moved(e.Room, e)
	case client.TopicChange:
		u.onTopicChange(e)
	case client.Gap:
		u.infof("%s", render.Gap(e))
	case client.Notice:
		u.eventf("%s", e.Text)
	case client.Bye:
		u.connection.bye = e.Text
	case client.StateChange:
		u.onStateChange(e)
	case client.RoomLost:
		u.onRoomLost(e)
	case client.RoomReset:
		u.eventf("%s was reset: its last post is number %d, and %d was shown before", e.Room, e.Head, e.Seen)
	}
}

// tooEarly keeps an event of a room whose JOIN has been answered, but not been
// dealt with yet: answers and events come separate ways.
func (u *ui) tooEarly(room string, e client.Event) bool {
	if u.rooms[room] != nil || !u.requests.joining(room) {
		return false
	}
	u.early = append(u.early, e)
	return true
}

// catchUp deals with what came too early.
func (u *ui) catchUp() {
	early := u.early
	u.early = nil
	for _, e := range early {
		u.dispatch(e)
	}
}

// onMessage shows a post.
func (u *ui) onMessage(e client.Message) {
	if u.tooEarly(e.Room, e) {
		return
	}
	r := u.rooms[e.Room]
	if r == nil { // one that was left meanwhile
		r = &room{name: e.Room}
	}
	r.seen = e.Seq
	u.requests.seen(e)
	if !u.ignores(e.Nick) {
		r.nicks, u.recent = r.nicks.spoke(e.Nick), u.recent.spoke(e.Nick)
		u.showMessage(r, e)
	}
}

func (u *ui) showMessage(r *room, e client.Message) {
	now, session := u.now(), client.Session{Nick: u.nick}
	own, meant := session.Own(e), session.Mentions(e)
	label := ""
	if r.name == u.current {
		u.showPresence()
	} else if label = r.name; !own {
		r.unread++
		r.mentioned = r.mentioned || meant
	}
	if !own && u.unreadMark.startsUnread(now) {
		u.print(u.view.rule("new"))
	}
	style := render.Plain
	if meant {
		style = render.Bold
	}
	u.print(u.view.Post(e, label, style))
	if !own && !e.Replayed {
		u.ring(meant, now)
	}
}

// onTell shows a private line.
func (u *ui) onTell(e client.Tell) {
	if u.ignores(e.Nick) {
		return
	}
	u.recent = u.recent.spoke(e.Nick)
	now := u.now()
	if u.unreadMark.startsUnread(now) {
		u.print(u.view.rule("new"))
	}
	u.print(u.view.tell(now, u.view.Nick(e.Nick), "you", e.Text))
	u.ring(true, now)
}

func (u *ui) ring(meant bool, now time.Time) {
	if u.bell.allow(meant, now) {
		u.terminal.Bell()
	}
}

// moved notes who comes, goes and is renamed, and tells of the current room.
func (u *ui) moved(room string, e client.Event) {
	if u.tooEarly(room, e) {
		return
	}
	r := u.rooms[room]
	if r == nil {
		return
	}
	switch here, now := r.name == u.current, u.now(); e := e.(type) {
	case client.MemberJoined:
		r.add(e.Nick)
		if here {
			u.presence.join(e.Nick, now)
		}
	case client.MemberLeft:
		u.left(r, e, here, now)
	case client.MemberRenamed:
		r.rename(e.Old, e.Nick)
		if slices.Contains(u.recent, e.Old) {
			u.recent = u.recent.renamed(e.Old, e.Nick)
		}
		if here {
			u.showPresence()
			u.eventf("%s is now known as %s", e.Old, e.Nick)
		}
	}
}

// left notes that somebody has left a room. If it is the person, the server has
// done that, and nothing that is being typed goes to another room instead.
func (u *ui) left(r *room, e client.MemberLeft, here bool, now time.Time) {
	if e.Nick == u.nick {
		u.eventf("you were removed from %s: %s", e.Room, e.Why)
		u.loseRoom(e.Room)
		return
	}
	u.recent = u.recent.without(e.Nick)
	r.remove(e.Nick)
	if here {
		u.presence.part(e.Nick, now)
	}
}

// loseRoom notes that one is in a room no longer, without having wished it.
func (u *ui) loseRoom(name string) {
	if u.current == name {
		u.removedFrom = name
	}
	u.drop(name)
}

func (u *ui) onTopicChange(e client.TopicChange) {
	switch {
	case u.tooEarly(e.Room, e):
	case e.Text == "":
		u.eventf("%s removed the topic of %s", e.Nick, e.Room)
	default:
		u.eventf("%s set the topic of %s: %s", e.Nick, e.Room, e.Text)
	}
}

// onStateChange follows the connection, and says once that it is lost, and once
// that it is there again.
func (u *ui) onStateChange(e client.StateChange) {
	u.connection.state, u.connection.next = e.To.State, e.Next
	if e.From.Nick != e.To.Nick {
		u.onNickChange(e.From.Nick, e.To.Nick, e.Err)
	}
	switch {
	case e.To.State == client.Lost && !u.connection.lost:
		u.connection.lost = true
		u.eventf("lost the connection (%s); reconnecting", cmp.Or(u.connection.bye, u.config.Reason(e.Err)))
	case u.connection.up() && u.connection.lost:
		u.connection.lost, u.connection.bye = false, ""
		u.eventf("connected again")
		u.fetchHelp()
		u.fetchRooms()
		for _, r := range u.rooms {
			u.fetchMembers(r)
		}
	}
}

// onNickChange follows the nick; err is why it is not the one that was wanted.
func (u *ui) onNickChange(old, nick string, err error) {
	u.nick = nick
	for _, r := range u.rooms {
		r.rename(old, nick)
	}
	if err != nil {
		u.eventf("you are %s now: %s", nick, explain(&request{command: proto.Command{Text: old}}, err))
		return
	}
	u.eventf("you are %s now", nick)
}

func (u *ui) onRoomLost(e client.RoomLost) {
	u.eventf("you are no longer in %s: %s", e.Room, explain(&request{command: proto.Command{Room: e.Room}}, e.Err))
	u.loseRoom(e.Room)
}
