package ui

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strconv"

	"linechat/chat/client"
	"linechat/chat/internal/render"
	"linechat/chatd/proto"
)

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
