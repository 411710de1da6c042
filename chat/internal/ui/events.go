package ui

import (
	"slices"

	"linechat/chat/client"
	"linechat/chat/internal/render"
)

// dispatch handles an event of the client's. Those are in the order in which the
// server has sent them, answers included.
func (u *ui) dispatch(e client.Event) {
	switch e := e.(type) {
	case client.Message:
		u.onMessage(e)
	case client.Tell:
		u.onTell(e)
	case client.MemberJoined:
		u.onMemberJoined(e)
	case client.MemberLeft:
		u.onMemberLeft(e)
	case client.MemberRenamed:
		u.onMemberRenamed(e)
	case client.TopicChange:
		u.onTopicChange(e)
	case client.Answer:
		u.onAnswer(e)
	case client.StateChange:
		u.onStateChange(e)
	case client.RoomLost:
		u.onRoomLost(e)
	case client.RoomReset:
		u.eventf("%s", render.Reset(e))
	case client.Gap:
		u.infof("%s", render.Gap(e))
	case client.Notice:
		u.eventf("%s", e.Text)
	case client.Bye:
		u.connection.bye = e.Text
	}
}

// onMessage shows a post.
func (u *ui) onMessage(e client.Message) {
	if u.ignores(e.Nick) {
		return
	}
	r := u.room(e.Room)
	r.nicks, u.recent = r.nicks.spoke(e.Nick), u.recent.spoke(e.Nick)
	own, mention := u.session.Own(e), u.session.Mentions(e)
	label := ""
	if e.Room == u.route.current {
		u.showPresence()
	} else if label = e.Room; !own {
		r.unread++
		r.mentioned = r.mentioned || mention
	}
	if !own {
		u.markUnread()
	}
	style := render.Plain
	if mention {
		style = render.Bold
	}
	u.print(u.view.Post(e, label, style))
	if !own && !e.Replayed {
		u.ring(mention)
	}
}

// onTell shows a private line.
func (u *ui) onTell(e client.Tell) {
	if u.ignores(e.Nick) {
		return
	}
	u.recent = u.recent.spoke(e.Nick)
	u.markUnread()
	u.print(u.view.tell(u.now(), u.view.Nick(e.Nick), "you", e.Text))
	u.ring(true)
}

// markUnread marks what comes now if it is the first that the person has not seen.
func (u *ui) markUnread() {
	if u.unreadMark.startsUnread(u.now()) {
		u.print(u.view.rule("new"))
	}
}

func (u *ui) ring(mention bool) {
	if u.bell.allow(mention, u.now()) {
		u.terminal.Bell()
	}
}

func (u *ui) onMemberJoined(e client.MemberJoined) {
	r := u.room(e.Room)
	if e.Room == u.route.current && !r.isKnown(e.Nick, true) && !u.ignores(e.Nick) {
		u.presence.join(e.Nick, u.now())
	}
	r.add(e.Nick)
}

// onMemberLeft notes that somebody has left a room. If it is the person, the server
// has removed them.
func (u *ui) onMemberLeft(e client.MemberLeft) {
	if e.Nick == u.session.Nick {
		u.eventf("%s", render.Removed(e))
		u.route.lose(e.Room)
		return
	}
	u.recent = u.recent.without(e.Nick)
	r := u.room(e.Room)
	if e.Room == u.route.current && !r.isKnown(e.Nick, false) && !u.ignores(e.Nick) {
		u.presence.part(e.Nick, u.now())
	}
	r.remove(e.Nick)
}

func (u *ui) onMemberRenamed(e client.MemberRenamed) {
	u.room(e.Room).rename(e.Old, e.Nick)
	if slices.Contains(u.recent, e.Old) {
		u.recent = u.recent.renamed(e.Old, e.Nick)
	}
	if e.Room == u.route.current {
		u.showPresence()
		u.eventf("%s is now known as %s", e.Old, e.Nick)
	}
}

func (u *ui) onTopicChange(e client.TopicChange) {
	if e.Text == "" {
		u.eventf("%s removed the topic of %s", e.Nick, e.Room)
		return
	}
	u.eventf("%s set the topic of %s: %s", e.Nick, e.Room, e.Text)
}
