package ui

import (
	"linechat/chat/client"
	"linechat/chat/internal/render"
	"linechat/chatd/proto"
)

// backlog is how many posts are shown when a room is entered.
const backlog = 20

// join joins a room, with the last posts, or makes a joined one current.
func (u *ui) join(c proto.Command) { u.joinWith(c) }

// joinWith is join with further options.
func (u *ui) joinWith(c proto.Command, options ...client.Option) {
	if len(c.Words) == 1 && u.roomNamed(c.Words[0]) == nil {
		options = append(options, client.Last(backlog))
	}
	u.route.join(c.Words[0])
	u.send(&request{command: c, options: options, show: u.joined, failed: func(err error) {
		u.route.answered(u.plain) // nobody has seen the refusal before a piped line
		u.errorf("%s", explain(c, err))
	}})
}

// joined shows a room that has been joined.
func (u *ui) joined(reply client.Reply) {
	u.route.joined(reply.OK.Room)
	r, posts := u.room(reply.OK.Room), u.withoutIgnored(reply.Posts())
	isNew := !r.joined
	r.joined, r.counted = true, int(reply.OK.Members)
	if reply.Created {
		u.infof("created room %s", r.name)
	}
	u.eventf("you are in %s: %s", r.name, render.Plural(r.counted, "member", "members"))
	if topic := reply.Topic(); isNew && topic.Text != "" {
		u.print(u.view.topic(r.name, topic))
	}
	for i := 0; isNew && i < len(posts.Past); i++ {
		r.nicks = r.nicks.spoke(posts.Past[i].Nick)
	}
	if u.printAll(u.view.past(posts, render.Dim)); len(posts.Past) > 0 {
		u.print(u.view.rule("live"))
	}
	if isNew {
		u.fetchMembers(r)
	}
}

// leave leaves a room. The server says which is the current one then.
func (u *ui) leave(c proto.Command) {
	current := u.route.input()
	if len(c.Words) == 0 && current != "" {
		c.Words = []string{current}
	}
	leavesCurrent := len(c.Words) > 0 && proto.SameRoom(c.Words[0], current)
	u.send(&request{command: c, show: func(r client.Reply) {
		u.infof("you have left %s", r.OK.Room)
		if leavesCurrent && r.OK.Current != "" {
			u.infof("you are in %s now", r.OK.Current)
		}
	}})
}

func (u *ui) create(c proto.Command) {
	u.send(&request{command: c, show: func(r client.Reply) {
		u.infof("created room %s; /join %s enters it", r.OK.Room, r.OK.Room)
		u.fetchRooms()
	}})
}
