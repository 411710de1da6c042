package ui

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strconv"
	"time"

	"linechat/chat/client"
	"linechat/chat/internal/render"
	"linechat/chatd/proto"
)

// recountInterval is how old the number of members may be in a room where the
// server does not tell who comes and goes.
const recountInterval = time.Minute

// backlog is how many posts are shown when a room is entered.
const backlog = 20

// join joins a room, with the last posts, or makes a joined one current.
func (u *ui) join(c proto.Command) { u.send(u.joinRequest(c)) }

func (u *ui) joinRequest(c proto.Command) *request {
	if len(c.Words) == 1 && u.roomNamed(c.Words[0]) == nil {
		c.Words = append(c.Words, "LAST", strconv.Itoa(backlog))
	}
	return &request{command: c, show: u.joined, refused: func(error) bool {
		if u.plain {
			u.failedJoin = c.Words[0] // what follows is not for the room that one is still in
		}
		return false
	}}
}

// enterRoom joins a room at the beginning, and creates it if need be.
func (u *ui) enterRoom(name string) {
	e := u.joinRequest(proto.Command{Verb: "JOIN", Words: []string{name}})
	made := false
	e.do = func(ctx context.Context) (client.Reply, error) {
		reply, err := u.client.Do(ctx, e.command)
		if !errors.Is(err, client.NoSuchRoom) {
			return reply, err
		}
		_, err = u.client.Do(ctx, proto.Command{Verb: "CREATE", Words: []string{name}})
		made = err == nil
		reply, again := u.client.Do(ctx, e.command)
		if errors.Is(again, client.NoSuchRoom) && err != nil {
			return reply, err // the name looks like that of another room
		}
		return reply, again
	}
	e.show = func(r client.Reply) {
		if made {
			u.infof("created room %s", r.OK.Room)
		}
		u.joined(r)
	}
	u.send(e)
}

// joined shows a room that has been joined, and what came meanwhile.
func (u *ui) joined(reply client.Reply) {
	name := reply.OK.Room
	r, posts := u.rooms[name], u.withoutIgnored(reply.Posts())
	isNew := r == nil
	if isNew {
		r = &room{name: name}
		u.rooms[name] = r
		u.joinedNames = slices.Sorted(maps.Keys(u.rooms))
	}
	r.counted = int(reply.OK.Members)
	u.setCurrent(name)
	u.eventf("you are in %s: %s", name, plural(r.counted, "member", "members"))
	if topic := reply.Topic(); isNew && topic.Text != "" {
		u.print(u.view.topic(name, topic))
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
	if len(c.Words) == 0 && u.inputRoom() != "" {
		c.Words = []string{u.inputRoom()}
	}
	u.send(&request{command: c, show: func(r client.Reply) {
		u.drop(r.OK.Room)
		u.infof("you have left %s", r.OK.Room)
		if next := r.OK.Current; u.current == "" && u.rooms[next] != nil {
			u.setCurrent(next)
			u.infof("you are in %s now", next)
		}
	}})
}

func (u *ui) create(c proto.Command) {
	u.send(&request{command: c, show: func(r client.Reply) {
		u.infof("created room %s; /join %s enters it", r.OK.Room, r.OK.Room)
		u.fetchRooms()
	}})
}

func (u *ui) showRooms(c proto.Command) {
	u.send(&request{command: c, show: func(r client.Reply) {
		for _, line := range render.Rooms(roomsOf(r)) {
			u.print("  " + line)
		}
		switch {
		case r.OK.All == 0:
			u.infof("there are no rooms; /create makes one")
		case r.OK.Shown < r.OK.All:
			u.infof("%d of %d rooms; /rooms PREFIX narrows the list", r.OK.Shown, r.OK.All)
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

func (u *ui) who(c proto.Command) {
	u.send(&request{command: c, show: func(r client.Reply) {
		u.print(u.view.members(r.OK.Room, r.Lines))
		if here := u.rooms[r.OK.Room]; here != nil {
			u.fetchMembers(here)
		}
	}})
}

// maxListed is how large a room is whose members are all asked for.
const maxListed = 1000

// fetchMembers asks who is in a room, and shows nothing.
func (u *ui) fetchMembers(r *room) {
	if r.counted > maxListed {
		return
	}
	r.queries++
	n := r.queries
	r.changes = map[string]bool{}
	u.query(proto.Command{Verb: "WHO", Room: r.name}, func(reply client.Reply) {
		if n == r.queries { // else a newer answer is to come
			r.setMembers(reply.Lines)
		}
	})
}

// fetchRooms asks which rooms there are, and shows nothing.
func (u *ui) fetchRooms() {
	u.listedAt = u.now()
	u.query(proto.Command{Verb: "ROOMS"}, func(r client.Reply) {
		u.listed = nil
		for i := range r.Lines {
			u.listed = append(u.listed, r.Lines[i].Room)
			u.setCount(r.Lines[i].Room, int(r.Lines[i].Members))
		}
	})
}

// setCount notes how many members a room has, if these are so many that nobody
// tells who comes and goes. Names that no longer agree with it are asked for.
func (u *ui) setCount(name string, n int) {
	r := u.rooms[name]
	if r == nil || n < maxPresence && r.memberCount() < maxPresence {
		return
	}
	if r.counted = n; n < maxPresence {
		u.fetchMembers(r)
	}
}

// recountDue is when the members of a crowd are counted again; zero: never.
func (u *ui) recountDue() time.Time {
	for _, r := range u.rooms {
		if r.memberCount() >= maxPresence && u.connection.up() {
			return u.listedAt.Add(recountInterval)
		}
	}
	return time.Time{}
}

// refreshRooms asks again if that was long ago.
func (u *ui) refreshRooms() {
	if u.now().Sub(u.listedAt) >= roomListMaxAge {
		u.fetchRooms()
	}
}

// query asks the server for something that nobody waits for.
func (u *ui) query(c proto.Command, note func(client.Reply)) {
	u.background(func(ctx context.Context) func() {
		reply, err := u.client.Do(ctx, c)
		return func() {
			if err == nil {
				note(reply)
			}
		}
	})
}

func (u *ui) topic(c proto.Command) {
	u.send(&request{command: c, show: func(r client.Reply) {
		switch {
		case c.Text == "":
			u.print(u.view.topic(r.OK.Room, r.Topic()))
		case u.rooms[r.OK.Room] == nil: // else an event tells of it
			u.infof("the topic of %s is set", r.OK.Room)
		}
	}})
}

// roomsOf returns the rooms of a reply to ROOMS.
func roomsOf(r client.Reply) (rooms []client.RoomInfo) {
	for i := range r.Lines {
		l := &r.Lines[i]
		rooms = append(rooms, client.RoomInfo{Name: l.Room, Members: l.Members, Topic: l.Text})
	}
	return rooms
}
