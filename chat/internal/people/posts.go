package people

import (
	"strings"

	"linechat/chat/client"
	"linechat/chat/internal/console"
	"linechat/chat/internal/look"
	"linechat/chatd/proto"
)

// say posts a line.
func (t *talk) say(room, verb, text string) {
	t.sendPost(proto.Command{Verb: verb, Room: room, Text: text})
}

// sendPost posts a line that was given as a command.
func (t *talk) sendPost(c proto.Command) {
	e := &errand{command: c}
	e.show = func(r client.Reply) { t.posted(e, r) }
	t.send(e)
}

// posted shows a post that does not come back as an event.
func (t *talk) posted(e *errand, r client.Reply) {
	if t.rooms[r.OK.Room] != nil && !t.echoOff {
		return
	}
	l := proto.Line{Type: proto.MSG, Room: r.OK.Room, Seq: r.OK.Seq, Time: t.now(), Nick: t.nick, Text: proto.CleanLines(strings.Join(e.text(), "\n"))}
	if e.command.Verb == "ME" {
		l.Type = proto.ME
	}
	label := l.Room
	if label == t.current {
		label = ""
	}
	t.print(t.view.Post(&l, label, look.Plain))
}

// paste posts several lines as one post.
func (t *talk) paste(room string, lines []string) {
	if room == "" {
		t.nowhere(lines...)
		return
	}
	e := &errand{command: proto.Command{Verb: "PASTE", Room: room}, lines: lines}
	e.show = func(r client.Reply) { t.posted(e, r) }
	t.send(e)
}

// A collector is the lines of a /paste so far, and where they go.
type collector struct {
	room  string
	lines []string
}

func (t *talk) beginPaste(string) {
	room := t.headed()
	if room == "" {
		t.complain("/paste needs a room, and you are in none; /join one first")
		return
	}
	t.collect = &collector{room: room}
	t.info("the next lines are one post to %s; a line with only . ends it", room)
}

// collectLine adds to the post, or ends it.
func (t *talk) collectLine(line console.Line) {
	c := t.collect
	switch {
	case line.Paste != nil:
		c.lines = append(c.lines, line.Paste...)
	case line.Text != ".":
		c.lines = append(c.lines, line.Text)
	case strings.TrimSpace(strings.Join(c.lines, "")) == "":
		t.collect = nil
		t.info("there was nothing to post")
	default:
		t.collect = nil
		t.paste(c.room, c.lines)
	}
}

// tell says a private line.
func (t *talk) tell(c proto.Command) {
	t.send(&errand{
		command: c,
		show: func(r client.Reply) {
			t.print(t.view.tell(t.now(), "you", t.view.Nick(r.OK.Nick), c.Text))
		},
		refused: func(err error) bool {
			t.complain("not sent to %s: %s", c.Words[0], whyNot(&errand{command: c}, err))
			t.complain("  %s", c.Text)
			return true
		},
	})
}

// past shows posts that were asked for.
func (t *talk) past(c proto.Command) {
	t.send(&errand{command: c, show: func(r client.Reply) {
		posts := t.withoutIgnored(past(r))
		t.printAll(t.view.past(posts, look.Plain))
		switch n := len(posts.Past); {
		case n == 0:
			t.info("nothing found in %s", r.OK.Room)
		case posts.Past[0].Seq > 1 && c.Verb == "HISTORY":
			t.info("%s of %s; /history BEFORE %d shows earlier ones", count(n, "post", "posts"), r.OK.Room, posts.Past[0].Seq)
		default:
			t.info("%s of %s", count(n, "post", "posts"), r.OK.Room)
		}
	}})
}

// past returns the posts of a reply, and what is missing of them.
func past(r client.Reply) (posts client.Posts) {
	for i := range r.Lines {
		switch l := r.Lines[i]; {
		case l.Past:
			posts.Past = append(posts.Past, l)
		case l.Type == proto.GAP:
			posts.Gaps = append(posts.Gaps, l)
		}
	}
	return posts
}
