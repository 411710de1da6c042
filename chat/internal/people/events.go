package people

import (
	"cmp"
	"slices"
	"time"

	"linechat/chat/client"
	"linechat/chat/internal/look"
	"linechat/chatd/proto"
)

// happened deals with what the client tells of.
func (t *talk) happened(e client.Event) {
	switch e := e.(type) {
	case client.Post:
		t.post(e)
	case client.Tell:
		t.told(&e.Line)
	case client.MemberJoined, client.MemberLeft, client.MemberRenamed:
		t.moved(e)
	case client.TopicChange:
		t.topicChanged(e)
	case client.Gap:
		t.print(t.view.gap(&e.Line))
	case client.Notice:
		t.happens("%s", e.Text)
	case client.Bye:
		t.link.bye = e.Text
	case client.StateChange:
		t.linkChanged(e)
	case client.NickChange:
		t.renamed(e)
	case client.RoomLost:
		t.roomLost(e)
	case client.RoomReset:
		t.happens("%s was reset: its last post is number %d, and %d was shown before", e.Room, e.Head, e.Seen)
	}
}

// tooEarly keeps an event of a room whose JOIN has been answered, but not been
// dealt with yet: answers and events come separate ways.
func (t *talk) tooEarly(room string, e client.Event) bool {
	if t.rooms[room] != nil || !t.errands.joining(room) {
		return false
	}
	t.early = append(t.early, e)
	return true
}

// catchUp deals with what came too early.
func (t *talk) catchUp() {
	early := t.early
	t.early = nil
	for _, e := range early {
		t.happened(e)
	}
}

// post shows a post.
func (t *talk) post(e client.Post) {
	if t.tooEarly(e.Room, e) {
		return
	}
	r := t.rooms[e.Room]
	if r == nil { // one that was left meanwhile
		r = &room{name: e.Room}
	}
	r.seen = e.Seq
	t.errands.seen(&e.Line)
	if !t.ignores(e.Nick) {
		r.nicks, t.recent = r.nicks.heard(e.Nick), t.recent.heard(e.Nick)
		t.showPost(r, e)
	}
}

func (t *talk) showPost(r *room, e client.Post) {
	now, own := t.now(), e.Nick == t.nick
	meant := !own && mentions(e.Text, t.nick)
	label := ""
	if r.name == t.current {
		t.showPresence()
	} else if label = r.name; !own {
		r.unread++
		r.mentioned = r.mentioned || meant
	}
	if !own && t.attention.unread(now) {
		t.print(t.view.rule("new"))
	}
	weight := look.Plain
	if meant {
		weight = look.Bold
	}
	t.print(t.view.Post(&e.Line, label, weight))
	if !own && !e.Past {
		t.ring(meant, now)
	}
}

// told shows a private line.
func (t *talk) told(l *proto.Line) {
	if t.ignores(l.Nick) {
		return
	}
	t.recent = t.recent.heard(l.Nick)
	now := t.now()
	if t.attention.unread(now) {
		t.print(t.view.rule("new"))
	}
	t.print(t.view.tell(now, t.view.Nick(l.Nick), "you", l.Text))
	t.ring(true, now)
}

func (t *talk) ring(meant bool, now time.Time) {
	if t.bell.rings(meant, now) {
		t.terminal.Bell()
	}
}

// moved notes who comes, goes and is renamed, and tells of the current room.
func (t *talk) moved(e client.Event) {
	var l *proto.Line
	switch e := e.(type) {
	case client.MemberJoined:
		l = &e.Line
	case client.MemberLeft:
		l = &e.Line
	case client.MemberRenamed:
		l = &e.Line
	}
	if t.tooEarly(l.Room, e) {
		return
	}
	r := t.rooms[l.Room]
	if r == nil {
		return
	}
	switch here, now := r.name == t.current, t.now(); l.Type {
	case proto.JOINED:
		r.came(l.Nick)
		if here {
			t.fold.join(l.Nick, now)
		}
	case proto.LEFT:
		t.left(r, l, here, now)
	case proto.RENAMED:
		r.changed(l.Old, l.Nick)
		if slices.Contains(t.recent, l.Old) {
			t.recent = t.recent.renamed(l.Old, l.Nick)
		}
		if here {
			t.showPresence()
			t.happens("%s is now known as %s", l.Old, l.Nick)
		}
	}
}

// left notes that somebody has left a room. If it is the person, the server has
// done that, and nothing that is being typed goes to another room instead.
func (t *talk) left(r *room, l *proto.Line, here bool, now time.Time) {
	if l.Nick == t.nick {
		t.happens("you were removed from %s: %s", l.Room, l.Why)
		t.takenOut(l.Room)
		return
	}
	t.recent = t.recent.without(l.Nick)
	r.went(l.Nick)
	if here {
		t.fold.part(l.Nick, now)
	}
}

// takenOut notes that one is in a room no longer, without having wished it.
func (t *talk) takenOut(name string) {
	if t.current == name {
		t.taken = name
	}
	t.drop(name)
}

func (t *talk) topicChanged(e client.TopicChange) {
	switch {
	case t.tooEarly(e.Room, e):
	case e.Text == "":
		t.happens("%s removed the topic of %s", e.Nick, e.Room)
	default:
		t.happens("%s set the topic of %s: %s", e.Nick, e.Room, e.Text)
	}
}

// linkChanged follows the connection, and says once that it is lost, and once
// that it is there again.
func (t *talk) linkChanged(e client.StateChange) {
	t.link.state, t.link.next = e.To, e.Next
	switch {
	case e.To == client.Lost && !t.link.lost:
		t.link.lost = true
		t.happens("lost the connection (%s); reconnecting", cmp.Or(t.link.bye, t.config.Reason(e.Err)))
	case t.link.up() && t.link.lost:
		t.link.lost, t.link.bye = false, ""
		t.happens("connected again")
		t.askHelp()
		t.listRooms()
		for _, r := range t.rooms {
			t.listMembers(r)
		}
	}
}

func (t *talk) renamed(e client.NickChange) {
	t.nick = e.Nick
	for _, r := range t.rooms {
		r.changed(e.Old, e.Nick)
	}
	if e.Err != nil {
		t.happens("you are %s now: %s", e.Nick, whyNot(&errand{command: proto.Command{Text: e.Old}}, e.Err))
		return
	}
	t.happens("you are %s now", e.Nick)
}

func (t *talk) roomLost(e client.RoomLost) {
	t.happens("you are no longer in %s: %s", e.Room, whyNot(&errand{command: proto.Command{Room: e.Room}}, e.Err))
	t.takenOut(e.Room)
}
