package people

import (
	"context"
	"maps"
	"slices"
	"strconv"
	"time"

	"linechat/chat/client"
	"linechat/chat/internal/look"
	"linechat/chatd/proto"
)

// recountEvery is how old the number of members may be in a room where the
// server does not tell who comes and goes.
const recountEvery = time.Minute

// backlog is how many posts are shown when a room is entered.
const backlog = 20

// join joins a room, with the last posts, or makes a joined one current.
func (t *talk) join(c proto.Command) { t.send(t.joinErrand(c)) }

func (t *talk) joinErrand(c proto.Command) *errand {
	if len(c.Words) == 1 && t.roomNamed(c.Words[0]) == nil {
		c.Words = append(c.Words, "LAST", strconv.Itoa(backlog))
	}
	return &errand{command: c, show: t.joined, refused: func(error) bool {
		if t.plain {
			t.missed = c.Words[0] // what follows is not for the room that one is still in
		}
		return false
	}}
}

// enterRoom joins a room when the talk begins, and makes it if need be.
func (t *talk) enterRoom(name string) {
	e := t.joinErrand(proto.Command{Verb: "JOIN", Words: []string{name}})
	made := false
	e.do = func(ctx context.Context) (client.Reply, error) {
		reply, err := t.client.Do(ctx, e.command)
		if !isRefusal(err, proto.NoSuchRoom) {
			return reply, err
		}
		_, err = t.client.Do(ctx, proto.Command{Verb: "CREATE", Words: []string{name}})
		made = err == nil
		reply, again := t.client.Do(ctx, e.command)
		if isRefusal(again, proto.NoSuchRoom) && err != nil {
			return reply, err // the name looks like that of another room
		}
		return reply, again
	}
	e.show = func(r client.Reply) {
		if made {
			t.info("created room %s", r.OK.Room)
		}
		t.joined(r)
	}
	t.send(e)
}

// joined shows a room that has been joined, and what came meanwhile.
func (t *talk) joined(reply client.Reply) {
	name := reply.OK.Room
	r, posts := t.rooms[name], t.withoutIgnored(past(reply))
	isNew := r == nil
	if isNew {
		r = &room{name: name}
		t.rooms[name] = r
		t.joinedNames = slices.Sorted(maps.Keys(t.rooms))
	}
	r.counted = int(reply.OK.Members)
	t.enterCurrent(name)
	t.happens("you are in %s: %s", name, count(r.counted, "member", "members"))
	if topic := topicOf(reply); isNew && topic.Text != "" {
		t.print(t.view.topic(name, topic))
	}
	for i := 0; isNew && i < len(posts.Past); i++ {
		r.nicks = r.nicks.heard(posts.Past[i].Nick)
	}
	if t.printAll(t.view.past(posts, look.Dim)); len(posts.Past) > 0 {
		t.print(t.view.rule("live"))
	}
	if isNew {
		t.listMembers(r)
	}
}

// leave leaves a room. The server says which is the current one then.
func (t *talk) leave(c proto.Command) {
	if len(c.Words) == 0 && t.headed() != "" {
		c.Words = []string{t.headed()}
	}
	t.send(&errand{command: c, show: func(r client.Reply) {
		t.drop(r.OK.Room)
		t.info("you have left %s", r.OK.Room)
		if next := r.OK.Current; t.current == "" && t.rooms[next] != nil {
			t.enterCurrent(next)
			t.info("you are in %s now", next)
		}
	}})
}

func (t *talk) create(c proto.Command) {
	t.send(&errand{command: c, show: func(r client.Reply) {
		t.info("created room %s; /join %s enters it", r.OK.Room, r.OK.Room)
		t.listRooms()
	}})
}

func (t *talk) sayRooms(c proto.Command) {
	t.send(&errand{command: c, show: func(r client.Reply) {
		for _, line := range look.Rooms(r.Lines) {
			t.print("  " + line)
		}
		switch {
		case r.OK.All == 0:
			t.info("there are no rooms; /create makes one")
		case r.OK.Shown < r.OK.All:
			t.info("%d of %d rooms; /rooms PREFIX narrows the list", r.OK.Shown, r.OK.All)
		}
	}})
}

// whoLine lets people name a room as they do elsewhere.
func whoLine(rest string) string {
	if word, more := cutWord(rest); word != "" && more == "" {
		return "IN " + word + " WHO"
	}
	return "WHO" + rest
}

func (t *talk) who(c proto.Command) {
	t.send(&errand{command: c, show: func(r client.Reply) {
		t.print(t.view.members(r.OK.Room, r.Lines))
		if here := t.rooms[r.OK.Room]; here != nil {
			t.listMembers(here)
		}
	}})
}

// mostListed is how large a room is whose members are all asked for.
const mostListed = 1000

// listMembers asks who is in a room, and shows nothing.
func (t *talk) listMembers(r *room) {
	if r.counted > mostListed {
		return
	}
	r.listings++
	n := r.listings
	r.crossed = map[string]bool{}
	t.lookUp(proto.Command{Verb: "WHO", Room: r.name}, func(reply client.Reply) {
		if n == r.listings { // else a newer answer is to come
			r.list(reply.Lines)
		}
	})
}

// listRooms asks which rooms there are, and shows nothing.
func (t *talk) listRooms() {
	t.listedAt = t.now()
	t.lookUp(proto.Command{Verb: "ROOMS"}, func(r client.Reply) {
		t.listed = nil
		for i := range r.Lines {
			t.listed = append(t.listed, r.Lines[i].Room)
			t.noteCount(r.Lines[i].Room, int(r.Lines[i].Members))
		}
	})
}

// noteCount notes how many members a room has, if these are so many that nobody
// tells who comes and goes. Names that no longer agree with it are asked for.
func (t *talk) noteCount(name string, n int) {
	r := t.rooms[name]
	if r == nil || n < crowd && r.members() < crowd {
		return
	}
	if r.counted = n; n < crowd {
		t.listMembers(r)
	}
}

// recountAt is when the members of a crowd are counted again; zero: never.
func (t *talk) recountAt() time.Time {
	for _, r := range t.rooms {
		if r.members() >= crowd && t.link.up() {
			return t.listedAt.Add(recountEvery)
		}
	}
	return time.Time{}
}

// refreshRooms asks again if that was long ago.
func (t *talk) refreshRooms() {
	if t.now().Sub(t.listedAt) >= listEvery {
		t.listRooms()
	}
}

// lookUp asks the server for something that nobody waits for.
func (t *talk) lookUp(c proto.Command, note func(client.Reply)) {
	t.aside(func(ctx context.Context) func() {
		reply, err := t.client.Do(ctx, c)
		return func() {
			if err == nil {
				note(reply)
			}
		}
	})
}

func (t *talk) topic(c proto.Command) {
	t.send(&errand{command: c, show: func(r client.Reply) {
		switch {
		case c.Text == "":
			t.print(t.view.topic(r.OK.Room, topicOf(r)))
		case t.rooms[r.OK.Room] == nil: // else an event tells of it
			t.info("the topic of %s is set", r.OK.Room)
		}
	}})
}

func topicOf(r client.Reply) (topic client.TopicText) {
	for i := range r.Lines {
		if l := &r.Lines[i]; l.Type == proto.TOPIC {
			topic = client.TopicText{Nick: l.Nick, Text: l.Text}
		}
	}
	return topic
}
