package client

import (
	"fmt"

	"linechat/chatd/proto"
)

// receive deals with one line from the server.
func (cn *conn) receive(l *proto.Line) error {
	c := cn.client
	c.mu.Lock()
	defer c.mu.Unlock()
	if cn.guest == "" {
		return cn.greeting(l)
	}
	cn.settle(l)
	switch l.Type {
	case proto.OK, proto.ERR:
		return cn.reply(l)
	case proto.MSG, proto.ME:
		return cn.post(l)
	case proto.TOPIC:
		cn.topicLine(l)
	case proto.GAP:
		cn.gap(l)
	case proto.ROOM, proto.USER, proto.HELP, proto.SETTING:
		cn.add(l)
	case proto.JOINED, proto.LEFT, proto.RENAMED:
		return c.presence(l)
	case proto.TELL:
		c.events.push(Tell{l.Nick, l.Text})
	case proto.NOTICE:
		if cn.answered || !c.begun { // the message of the day comes once
			c.events.push(Notice{l.Text})
		}
	case proto.BYE:
		return cn.bye(l)
	}
	return nil // what is not known is passed over, and so is SEND: lines are sent without waiting for it
}

// greeting deals with the first line.
func (cn *conn) greeting(l *proto.Line) error {
	switch {
	case l.Type == proto.BYE:
		return cn.bye(l)
	case l.Type != proto.HELLO, l.Nick == "":
		return fmt.Errorf("%w: it does not say HELLO", ErrProtocol)
	case l.Protocol != proto.Greeting:
		return fmt.Errorf("%w, but %.20q", ErrProtocol, l.Protocol)
	}
	cn.guest = l.Nick
	close(cn.hello)
	return nil
}

// bye deals with the last line, and returns why the connection ends.
func (cn *conn) bye(l *proto.Line) error {
	if cn.client.begun {
		cn.client.events.push(Bye{l.Code, l.Text})
	}
	switch {
	case l.Code == "replaced":
		return ErrReplaced
	case l.Code == "quit" && cn.quits:
		return ErrClosed
	}
	return &byeError{string(l.Code), l.Text}
}

// post deals with a MSG or ME: of the reply, or live.
func (cn *conn) post(l *proto.Line) error {
	if l.Room == "" || l.Seq == 0 {
		return fmt.Errorf("%w: a post without room or number", ErrProtocol)
	}
	k := cn.front()
	switch {
	case !l.Past:
		if r := cn.client.roomNamed(l.Room); r != nil && r.here {
			cn.client.see(r, l)
		}
	case k != nil && k.resumes != nil:
		cn.client.see(k.resumes, l)
	default:
		cn.add(l)
	}
	return nil
}

// see makes a post an event, if its number was not seen yet.
func (c *Client) see(r *room, l *proto.Line) {
	if l.Seq <= r.last {
		return
	}
	r.last = l.Seq
	if !l.Past || !c.isOwn(l) {
		c.events.push(messageOf(l))
	}
}

// gap deals with a GAP. In a room that one is in, one behind what was seen is
// no part of a reply, for all that a reply is about has come before it.
func (cn *conn) gap(l *proto.Line) {
	k, r := cn.front(), cn.client.roomNamed(l.Room)
	if (r == nil || !r.here) && k != nil {
		r = k.resumes // nil: it is about a room that one is not in
	}
	switch {
	case l.Why == "time":
		cn.add(l)
	case r != nil && l.To > r.last:
		r.last = l.To
		cn.client.events.push(gapOf(l))
	default:
		cn.add(l)
	}
}

// topicLine deals with a TOPIC. While JOIN or TOPIC is under way the next line
// shows whether it is part of the reply.
func (cn *conn) topicLine(l *proto.Line) {
	k := cn.front()
	if k != nil && (k.command.Verb == "JOIN" || k.command.Verb == "TOPIC" && k.command.Text == "") {
		cn.held = l
		return
	}
	cn.client.topicEvent(l)
}

// settle decides, by the line that follows it, on a TOPIC that is held.
func (cn *conn) settle(next *proto.Line) {
	l := cn.held
	if l == nil {
		return
	}
	cn.held = nil
	k := cn.front()
	ends := next.Type == proto.OK || next.Type == proto.ERR
	if !(ends || next.Past || next.Type == proto.GAP) || l.Room != next.Room && next.Type != proto.ERR {
		cn.client.topicEvent(l)
		return
	}
	cn.topic = TopicText{l.Nick, l.Text}
	cn.add(l)
	if r := cn.client.roomNamed(l.Room); r != nil && r.here && k.resumes == nil {
		cn.client.changeTopic(r, cn.topic)
	}
}

func (c *Client) topicEvent(l *proto.Line) {
	if r := c.roomNamed(l.Room); r != nil && r.here {
		r.topic = TopicText{l.Nick, l.Text}
		c.events.push(TopicChange{l.Room, l.Nick, l.Text})
	}
}

// presence deals with who comes, goes and is renamed.
func (c *Client) presence(l *proto.Line) error {
	r := c.roomNamed(l.Room)
	if r == nil || !r.here {
		return nil
	}
	switch l.Type {
	case proto.JOINED:
		c.events.push(MemberJoined{l.Room, l.Nick})
	case proto.RENAMED:
		c.events.push(MemberRenamed{l.Room, l.Old, l.Nick})
	case proto.LEFT:
		c.events.push(MemberLeft{l.Room, l.Nick, l.Why})
		switch {
		case l.Nick != c.nick:
		case l.Room == c.current:
			return c.leave(l.Room, "")
		default:
			return c.leave(l.Room, c.current)
		}
	}
	return nil
}
