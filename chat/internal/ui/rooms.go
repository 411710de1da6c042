package ui

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"strings"
	"time"

	"linechat/chat/client"
	"linechat/chatd/proto"
)

// Of a room with more members the daemon tells no presence unless told
// otherwise, so they are counted again from time to time.
const presenceMembers = 50

// mostListed is the most members that are asked for by name.
const mostListed = 1000

// enterRoom joins a room, and makes it if there is none.
func (u *UI) enterRoom(name string) {
	c := proto.Command{Verb: "JOIN", Words: []string{name}}
	u.join(c, func(ctx context.Context) (bool, error) {
		err := u.client.Create(ctx, name, "")
		if isCode(err, proto.RoomExists) {
			return false, nil // somebody else has made it meanwhile
		}
		return err == nil, err
	})
}

// join carries out a JOIN. Make, if it is not nil, makes a room that is
// missing, and reports whether it has.
func (u *UI) join(c proto.Command, make func(context.Context) (bool, error)) {
	name := c.Words[0]
	if len(c.Words) == 1 && u.rooms[name] == nil && u.config.Backlog > 0 {
		c.Words = append(c.Words, "LAST", strconv.Itoa(u.config.Backlog))
	}
	key := strings.ToLower(name)
	queued := u.queue("/join "+name, func(ctx context.Context) func() {
		made := false
		r, err := u.client.Do(ctx, c)
		if make != nil && isCode(err, proto.NoSuchRoom) {
			if made, err = make(ctx); err == nil {
				r, err = u.client.Do(ctx, c)
			}
		}
		return func() {
			u.moving--
			if u.joining[key]--; u.joining[key] == 0 {
				delete(u.joining, key)
			}
			if made {
				u.print(u.view.rule("there was no room %s; it is made", name))
			}
			if err != nil {
				u.refused("JOIN", err)
			} else {
				u.joined(r)
			}
			u.releaseEarly()
		}
	})
	if queued {
		u.moving++
		u.joining[key]++
	}
}

// joined shows a room that was joined.
func (u *UI) joined(r client.Reply) {
	name := r.OK.Room
	known := u.rooms[name] != nil
	if !known {
		u.rooms[name] = &room{}
	}
	u.rooms[name].members = r.OK.Members
	u.moveTo(name)
	u.showLines(r.Lines, "")
	if !known || len(r.Lines) > 0 {
		u.print(u.view.rule("live in %s, %s", name, counted(r.OK.Members, "member")))
	}
	u.countMembers(name)
}

// isJoining reports whether a post is of a room whose JOIN is not shown yet.
func (u *UI) isJoining(name string) bool {
	return u.rooms[name] == nil && u.joining[strings.ToLower(name)] > 0
}

// releaseEarly shows the posts that came before the JOIN of their room was
// shown.
func (u *UI) releaseEarly() {
	early := u.early
	u.early = nil
	for _, p := range early {
		u.posted(p)
	}
}

// leave carries out a LEAVE.
func (u *UI) leave(c proto.Command) {
	queued := u.queue("/leave", func(ctx context.Context) func() {
		r, err := u.client.Do(ctx, c)
		return func() {
			u.moving--
			if err != nil {
				u.refused("LEAVE", err)
				return
			}
			u.print(u.view.rule("left %s", r.OK.Room))
			u.gone(r.OK.Room, strings.TrimPrefix(r.OK.Current, "-"))
		}
	})
	if queued {
		u.moving++
	}
}

// gone notes that the client is in a room no longer, and which is the current
// one now.
func (u *UI) gone(name, current string) {
	delete(u.rooms, name)
	u.words.forget(name)
	u.moveTo(current)
}

// moveTo makes a room the one that posts go to; "" is none.
func (u *UI) moveTo(name string) {
	if r := u.rooms[name]; r != nil {
		r.unread, r.mentioned = 0, false
	}
	if name == u.current {
		return
	}
	u.flushFold()
	u.current = name
	u.setHistory()
}

// learn asks for what completion offers.
func (u *UI) learn() {
	u.listRooms()
	for name := range u.rooms {
		u.countMembers(name)
	}
}

// listRooms asks which rooms there are. It is no matter if that fails.
func (u *UI) listRooms() {
	u.queue("/rooms", func(ctx context.Context) func() {
		lines, _, err := u.client.Rooms(ctx, "", "")
		if err != nil {
			return nil
		}
		return func() {
			names := make([]string, len(lines))
			for i := range lines {
				names[i] = lines[i].Room
				if r := u.rooms[lines[i].Room]; r != nil && lines[i].Members > presenceMembers {
					r.members = lines[i].Members
				}
			}
			u.words.setRooms(names)
			u.countLater()
		}
	})
}

// countLater has the members of large rooms counted again.
func (u *UI) countLater() {
	for _, r := range u.rooms {
		if r.members > presenceMembers {
			u.recount = time.Now().Add(countFor)
		}
	}
}

// countMembers asks who is in a room, unless they are very many.
func (u *UI) countMembers(name string) {
	u.countLater()
	if u.rooms[name].members > mostListed {
		return
	}
	u.queue("/who", func(ctx context.Context) func() {
		lines, err := u.client.Who(ctx, name)
		if err != nil {
			return nil
		}
		return func() {
			if r := u.rooms[name]; r != nil {
				r.members = uint64(len(lines))
				u.words.setMembers(name, nicksOf(lines))
			}
		}
	})
}

func nicksOf(lines []proto.Line) []string {
	nicks := make([]string, len(lines))
	for i := range lines {
		nicks[i] = lines[i].Nick
	}
	return nicks
}

// roomNames lists the rooms that the client is in, by name.
func (u *UI) roomNames() []string {
	var names []string
	for name := range u.rooms {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

func isCode(err error, code proto.Code) bool {
	var refusal *proto.Error
	return errors.As(err, &refusal) && refusal.Code == code
}
