package ui

import (
	"errors"
	"strings"

	"linechat/chat/client"
	"linechat/chat/internal/prompt"
	"linechat/chat/internal/render"
	"linechat/chatd/proto"
)

// sendPost sends a POST, ME or PASTE.
func (u *ui) sendPost(c proto.Command) {
	u.send(&request{command: c,
		show:   func(r client.Reply) { u.showOwnPost(c, r) },
		failed: func(err error) { u.notPosted(c, err) },
	})
}

// showOwnPost shows a post that has been answered and is no event: with echo off, or in
// a room that the person is not in.
func (u *ui) showOwnPost(c proto.Command, r client.Reply) {
	if u.session.Echo && u.rooms[r.OK.Room] != nil {
		return
	}
	m := client.Message{Room: r.OK.Room, Seq: r.OK.Seq, Time: u.now(), Nick: u.session.Nick, Text: proto.CleanLines(c.Text), Action: c.Verb == "ME"}
	label := m.Room
	if label == u.route.current {
		label = ""
	}
	u.print(u.view.Post(m, label, render.Plain))
}

// notPosted shows a post that failed with its text, so that it can be sent again.
func (u *ui) notPosted(c proto.Command, err error) {
	how := "not posted to"
	if errors.Is(err, client.ErrLost) {
		how = "perhaps not posted to"
	}
	u.errorf("%s %s: %s", how, c.Room, explain(c, err))
	for line := range strings.SplitSeq(c.Text, "\n") {
		u.errorf("  %s", line)
	}
}

// postLines posts several lines as one post.
func (u *ui) postLines(room string, lines []string) {
	if room == "" {
		u.rejectPost(lines...)
		return
	}
	u.sendPost(proto.Command{Verb: "PASTE", Room: room, Text: strings.Join(lines, "\n")})
}

// A collector has the lines of a /paste so far, and the room that they are for.
type collector struct {
	room  string
	lines []string
}

func (u *ui) startPaste(string) {
	room := u.route.input()
	if room == "" {
		u.errorf("/paste needs a room, and you are in none; /join one first")
		return
	}
	u.collect = &collector{room: room}
	u.infof("the next lines are one post to %s; a line with only . ends it", room)
}

// collectLine adds a line to the /paste, or ends it.
func (u *ui) collectLine(line prompt.Line) {
	c := u.collect
	switch {
	case line.Paste != nil:
		c.lines = append(c.lines, line.Paste...)
	case line.Text != ".":
		c.lines = append(c.lines, line.Text)
	case strings.TrimSpace(strings.Join(c.lines, "")) == "":
		u.collect = nil
		u.infof("there was nothing to post")
	default:
		u.collect = nil
		u.postLines(c.room, c.lines)
	}
}

// tell sends a private line.
func (u *ui) tell(c proto.Command) {
	u.send(&request{
		command: c,
		show: func(r client.Reply) {
			u.print(u.view.tell(u.now(), "you", u.view.Nick(r.OK.Nick), c.Text))
		},
		failed: func(err error) {
			u.errorf("not sent to %s: %s", c.Words[0], explain(c, err))
			u.errorf("  %s", c.Text)
		},
	})
}

// showPast asks for posts, with HISTORY or SEARCH, and shows them.
func (u *ui) showPast(c proto.Command) {
	u.send(&request{command: c, show: func(r client.Reply) {
		posts := u.withoutIgnored(r.Posts())
		u.printAll(u.view.past(posts, render.Plain))
		switch n := len(posts.Past); {
		case n == 0:
			u.infof("nothing found in %s", r.OK.Room)
		case posts.Past[0].Seq > 1 && c.Verb == "HISTORY":
			u.infof("%s of %s; /history BEFORE %d shows earlier ones", render.Plural(n, "post", "posts"), r.OK.Room, posts.Past[0].Seq)
		default:
			u.infof("%s of %s", render.Plural(n, "post", "posts"), r.OK.Room)
		}
	}})
}
