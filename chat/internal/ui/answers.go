package ui

import (
	"cmp"
	"fmt"
	"strings"
	"time"

	"linechat/chat/client"
	"linechat/chatd/proto"
)

// answer shows the answer to a command, which took so long.
func (u *UI) answer(c proto.Command, r client.Reply, took time.Duration) {
	ok := &r.OK
	if c.Verb == "WHO" {
		u.members(r)
		return
	}
	u.showLines(r.Lines, ok.Room)
	switch c.Verb {
	case "HISTORY", "SEARCH":
		u.print(u.view.rule("%s of %s, which has %d", counted(ok.Shown, "post"), ok.Room, ok.Seq))
	case "ROOMS":
		u.print(u.view.rule("%d of %s", ok.Shown, counted(ok.All, "room")))
	case "CREATE":
		u.print(u.view.rule("made room %s; /join %s enters it", ok.Room, ok.Room))
	case "WHOAMI":
		u.print(u.view.rule("you are %s (%s), %s", ok.Nick, ok.Role, u.where()))
	case "PING":
		u.print(u.view.rule("the server answered after %v", took.Round(100*time.Microsecond)))
	case "TELL":
		u.words.tells(ok.Nick)
		u.print(u.view.private(time.Now(), u.client.Nick(), ok.Nick, c.Text))
	case "TOPIC":
		if len(r.Lines) == 0 && c.Text == "" {
			u.print(u.view.topic(ok.Room, "", ""))
		}
	case "SET":
		if ok.Name != "" {
			u.print(u.view.rule("%s is %s", ok.Name, ok.Value))
		}
	case "POST", "ME":
		if u.rooms[ok.Room] == nil {
			u.print(u.view.rule("posted to %s", ok.Room))
		}
	}
}

// where says which rooms one is in.
func (u *UI) where() string {
	if len(u.rooms) == 0 {
		return "in no room"
	}
	text := "in " + strings.Join(u.roomNames(), ", ")
	if len(u.rooms) > 1 {
		text += "; posts go to " + cmp.Or(u.current, "none of them")
	}
	return text
}

// showLines shows the lines of an answer. Room is the one it is about, if that
// need not be the current one.
func (u *UI) showLines(lines []proto.Line, about string) {
	m := manner{past: true}
	if about != u.current {
		m.room = about
	}
	for i := range lines {
		switch l := &lines[i]; l.Type {
		case proto.MSG, proto.ME:
			u.words.speaks(l.Room, l.Nick)
			u.print(u.view.post(l, m))
		case proto.GAP:
			u.print(u.view.gap(l))
		case proto.TOPIC:
			u.print(u.view.topic(l.Room, l.Nick, l.Text))
		case proto.ROOM:
			u.print(strings.TrimRight(fmt.Sprintf("  %-16s %4d  %s", l.Room, l.Members, l.Text), " "))
		case proto.HELP:
			u.helpOf(l)
		case proto.SETTING:
			if l.Name != "talk" { // which is how chat reads lines in any case
				u.print("  " + l.Name + " " + l.Value)
			}
		case proto.NOTICE:
			u.print(u.view.rule("%s", l.Text))
		}
	}
}

// helpOf shows the server's line about one of its commands, but for those that
// people have no use for here and those that the client has explained itself.
func (u *UI) helpOf(l *proto.Line) {
	switch l.Verb {
	case "HELP", "QUIT", "SET", "FORMAT", "PASTE", "ONCE":
		return
	}
	u.print(helpLine(l.Verb, l.Text))
}

// members shows who is in a room.
func (u *UI) members(r client.Reply) {
	names := make([]string, len(r.Lines))
	for i, nick := range nicksOf(r.Lines) {
		names[i] = u.view.Nick(nick)
	}
	if len(names) > 0 {
		u.print("  " + strings.Join(names, "  "))
	}
	u.print(u.view.rule("%s in %s", counted(r.OK.Members, "member"), r.OK.Room))
	if room := u.rooms[r.OK.Room]; room != nil {
		room.members = r.OK.Members
		u.words.setMembers(r.OK.Room, nicksOf(r.Lines))
	}
}
