package ui

import (
	"strings"
	"time"

	"linechat/chat/client"
	"linechat/chatd/proto"
)

// event deals with what the client says by itself.
func (u *UI) event(e client.Event) {
	switch e := e.(type) {
	case client.Post:
		u.posted(e)
	case client.Tell:
		u.told(&e.Line)
	case client.MemberJoined:
		u.presence(&e.Line)
	case client.MemberLeft:
		u.presence(&e.Line)
	case client.MemberRenamed:
		u.renamed(&e.Line)
	case client.TopicChange:
		u.print(u.view.topic(e.Room, e.Nick, e.Text))
	case client.Gap:
		u.print(u.view.gap(&e.Line))
	case client.Notice:
		u.print(u.view.rule("%s", e.Text))
	case client.NickChange:
		u.renamedSelf(e)
	case client.RoomLost:
		u.print(u.view.rule("you are no longer in %s: %s", e.Room, u.config.Reason(e.Err)))
		u.lost(e.Room)
	case client.RoomReset:
		u.print(u.view.rule("room %s begins anew: it has reached number %d, and %d was seen", e.Room, e.Head, e.Seen))
	case client.StateChange:
		u.moved(e)
	}
}

// posted shows a post.
func (u *UI) posted(p client.Post) {
	if u.isJoining(p.Room) {
		if len(u.early) < mostEarly {
			u.early = append(u.early, p)
		}
		return
	}
	u.words.speaks(p.Room, p.Nick)
	if u.ignored[strings.ToLower(p.Nick)] {
		return
	}
	own := p.Nick == u.client.Nick()
	m := manner{mention: !own && mentions(p.Text, u.client.Nick())}
	if p.Room != u.current {
		m.room = p.Room
		if r := u.rooms[p.Room]; r != nil {
			r.unread++
			r.mentioned = r.mentioned || m.mention
		}
	}
	u.flushFold()
	if !own {
		u.mark()
	}
	u.print(u.view.post(&p.Line, m))
	if !own && !p.Past && (u.bell == "all" || u.bell == "on" && m.mention) {
		u.ring()
	}
}

// told shows a private line.
func (u *UI) told(l *proto.Line) {
	if u.ignored[strings.ToLower(l.Nick)] {
		return
	}
	u.flushFold()
	u.mark()
	u.words.tells(l.Nick)
	u.print(u.view.private(time.Now(), l.Nick, "", l.Text))
	if u.bell != "off" {
		u.ring()
	}
}

// mark draws a line above the first thing that comes while nobody looks.
func (u *UI) mark() {
	if u.marked || !u.away && time.Since(u.active) < idleFor {
		return
	}
	u.marked = true
	u.print(u.view.rule("new"))
}

// ring rings the bell, but not all the time.
func (u *UI) ring() {
	if now := time.Now(); now.Sub(u.rang) >= bellPause {
		u.rang = now
		u.terminal.Bell()
	}
}

// presence notes who comes and goes.
func (u *UI) presence(l *proto.Line) {
	r := u.rooms[l.Room]
	if r == nil {
		return
	}
	if l.Type == proto.LEFT && l.Nick == u.client.Nick() {
		u.print(u.view.rule("the server has taken you out of %s: %s", l.Room, l.Why))
		u.lost(l.Room)
		return
	}
	if l.Type == proto.JOINED {
		r.members++
		u.words.comes(l.Room, l.Nick)
	} else {
		r.members = max(r.members, 1) - 1
		u.words.goes(l.Room, l.Nick)
	}
	if l.Room == u.current && u.showJoins && !u.ignored[strings.ToLower(l.Nick)] {
		u.folds.note(l, time.Now())
	}
}

// flushFold shows who has come and gone.
func (u *UI) flushFold() {
	if words := u.folds.take(); words != "" {
		u.print(u.view.Dim(words))
	}
}

func (u *UI) renamed(l *proto.Line) {
	u.words.renames(l.Room, l.Old, l.Nick)
	if l.Room == u.current && u.showJoins {
		u.flushFold()
		u.print(u.view.Dim(l.Old + " is " + l.Nick + " now"))
	}
}

// renamedSelf says which nick one has, where that has changed.
func (u *UI) renamedSelf(e client.NickChange) {
	if e.Err != nil {
		u.print(u.view.rule("you are %s for now: %s", e.Nick, u.config.Reason(e.Err)))
		return
	}
	u.print(u.view.rule("you are %s now", e.Nick))
}

// lost notes that the client was taken out of a room. Then there is no current
// one, so that what is half typed goes nowhere else.
func (u *UI) lost(name string) {
	current := u.current
	if name == current {
		current = ""
	}
	u.gone(name, current)
}

// moved deals with a change of the connection.
func (u *UI) moved(e client.StateChange) {
	u.link.state, u.link.next = e.To, e.Next
	switch e.To {
	case client.Lost:
		if !u.link.told {
			u.link.told = true
			u.print(u.view.rule("lost the connection: %s; trying again", u.config.Reason(e.Err)))
		}
	case client.Init, client.InRoom:
		if !u.link.told {
			return
		}
		u.link.told, u.link.held = false, false
		u.print(u.view.rule("connected again"))
		u.learn()
	}
}
