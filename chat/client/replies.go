package client

import (
	"fmt"
	"slices"

	"linechat/chatd/proto"
)

// effects says what the OK of a command changes, whoever has sent it. The OK of
// another verb changes nothing here.
var effects = map[string]func(*conn, *Request, *proto.Line) error{
	"JOIN":  (*conn).joined,
	"LEAVE": (*conn).left,
	"NICK":  (*conn).renamed,
	"SET":   (*conn).set,
	"POST":  (*conn).posted,
	"ME":    (*conn).posted,
	"PASTE": (*conn).posted,

	"IGNORE":   (*conn).ignores,
	"UNIGNORE": (*conn).ignores,

	"REGISTER":   (*conn).loggedIn,
	"LOGIN":      (*conn).loggedIn,
	"PASSWD":     (*conn).passwordChanged,
	"LOGOUT":     (*conn).loggedOut,
	"UNREGISTER": (*conn).loggedOut,
}

// front returns the request that is answered next, or nil.
func (cn *conn) front() *Request {
	if len(cn.inflight) == 0 {
		return nil
	}
	return cn.inflight[0]
}

// lineSize is how much memory a line of a reply takes, roughly, without its text.
const lineSize = 400

// replyLine adds a line to the reply that is coming in.
func (cn *conn) replyLine(l *proto.Line) error {
	r := cn.front()
	if r == nil || r.finished {
		return nil
	}
	if r.size += lineSize + len(l.Text); r.size > cn.client.config.limits.reply {
		cn.client.finish(r, ErrTooLarge)
		return nil
	}
	r.reply.Lines = append(r.reply.Lines, *l)
	return nil
}

// answer takes off the request that an OK or ERR answers.
func (cn *conn) answer(l *proto.Line) (*Request, error) {
	r := cn.front()
	if r == nil || l.Type == proto.OK && l.Verb != r.command.Verb {
		return nil, fmt.Errorf("%w: it answers %.20q, which was not asked", ErrProtocol, l.Verb)
	}
	cn.inflight = cn.inflight[1:]
	cn.answered = true
	return r, nil
}

// ok handles the end of a reply. The StateChange that it causes comes before the
// Answer.
func (cn *conn) ok(l *proto.Line) error {
	r, err := cn.answer(l)
	if err != nil {
		return err
	}
	if !r.finished {
		r.reply.OK = *l
	}
	if effect := effects[l.Verb]; effect != nil {
		err = effect(cn, r, l)
	}
	cn.client.finish(r, nil)
	return err
}

// refused handles an ERR.
func (cn *conn) refused(l *proto.Line) error {
	r, err := cn.answer(l)
	if err != nil {
		return err
	}
	e := errorOf(l)
	switch {
	case r.finished:
	case r.post && isTemporary(e):
		r.maybeStored = r.maybeStored || e.Code == proto.Unknown
		cn.client.holdPosts(e.Wait)
		cn.client.sendAgain(r)
	case r.create && !r.internal && e.Code == proto.NoSuchRoom:
		return cn.createRoom(r, e)
	default:
		cn.client.finish(r, e)
	}
	return nil
}

func nameless(l *proto.Line) error {
	return fmt.Errorf("%w: OK %s without a name", ErrProtocol, l.Verb)
}

// joined notes that a room was joined, and which topic came with the OK.
func (cn *conn) joined(r *Request, l *proto.Line) error {
	c := cn.client
	switch {
	case l.Room == "":
		return nameless(l)
	case r.resumes() && c.rooms[r.room()] != nil: // else the client was removed from it meanwhile
		cn.resumed(r, l)
		return nil
	case c.rooms[l.Room] == nil:
		c.rooms[l.Room] = &room{last: l.Seq, topic: r.topic, joined: true}
	}
	c.rooms[l.Room].create = c.rooms[l.Room].create || r.create
	return c.moveTo(l.Room, append(without(c.session.Rooms, l.Room), l.Room))
}

// resumed notes that a room is joined again. Which room is current is settled when
// all are.
func (cn *conn) resumed(request *Request, l *proto.Line) {
	c, name := cn.client, request.room()
	cn.latest = name
	r := c.rooms[name]
	switch {
	case r.joined:
		return // already, and more may have come since
	case l.Seq < r.last:
		c.events.push(RoomReset{Room: l.Room, Seen: r.last, Head: l.Seq})
	case l.Seq > r.last && len(request.command.Words) == 1:
		return // the server has caught up, and AFTER brings back what it has got
	}
	r.last, r.joined = l.Seq, true
	if l.Room != name { // it was created anew
		delete(c.rooms, name)
		c.rooms[l.Room] = r
		cn.latest = l.Room
		to := c.session
		to.Rooms = without(to.Rooms, l.Room)
		to.Rooms[slices.Index(to.Rooms, name)] = l.Room
		if to.Room == name {
			to.Room = l.Room
		}
		c.change(StateChange{To: to})
	}
	if request.topic != r.topic {
		c.changeTopic(l.Room, r, request.topic)
	}
}

func (cn *conn) left(_ *Request, l *proto.Line) error {
	if l.Room == "" {
		return nameless(l)
	}
	return cn.client.leaveRoom(l.Room, l.Current)
}

func (cn *conn) renamed(r *Request, l *proto.Line) error {
	if l.Nick == "" {
		return nameless(l)
	}
	c := cn.client
	c.wanted = l.Nick
	if words := r.command.Words; len(words) > 1 {
		c.key = words[1]
	}
	c.setIdentity(l.Nick, "", nil)
	return nil
}

func (cn *conn) set(_ *Request, l *proto.Line) error {
	if l.Name != "" {
		cn.client.settings[l.Name] = l.Value
	}
	to := cn.client.session
	to.Echo = cn.client.settings["echo"] != "off"
	cn.client.change(StateChange{To: to})
	return nil
}

// ignores notes whom a guest ignores, for the next connection.
func (cn *conn) ignores(_ *Request, l *proto.Line) error {
	c := cn.client
	if l.Nick == "" || c.session.Account != "" {
		return nil
	}
	c.ignored = slices.DeleteFunc(c.ignored, func(nick string) bool { return sameNick(l.Nick, nick) })
	if l.Verb == "IGNORE" {
		c.ignored = append(c.ignored, l.Nick)
	}
	return nil
}

// posted notes that the store works, and, of a post that does not come as an
// event, its number: all posts before it have come.
func (cn *conn) posted(_ *Request, l *proto.Line) error {
	cn.client.failures = 0
	if r := cn.joinedRoom(l); r != nil && !cn.client.session.Echo {
		r.last = max(r.last, l.Seq)
	}
	return nil
}
