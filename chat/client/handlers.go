package client

import (
	"fmt"
	"slices"
	"time"

	"linechat/chatd/proto"
)

// handlers says what is done about each line from the server, in the order of
// the wire. Lines of other keywords are ignored, and so is SEND: the lines of
// a PASTE are sent without waiting for it.
var handlers = map[proto.Keyword]func(*conn, *proto.Line) error{
	proto.HELLO:   (*conn).hello,
	proto.OK:      (*conn).ok,
	proto.ERR:     (*conn).refused,
	proto.MSG:     (*conn).message,
	proto.ME:      (*conn).message,
	proto.TELL:    (*conn).tell,
	proto.JOINED:  (*conn).presence,
	proto.LEFT:    (*conn).presence,
	proto.RENAMED: (*conn).presence,
	proto.TOPIC:   (*conn).topic,
	proto.NOTICE:  (*conn).notice,
	proto.GAP:     (*conn).gap,
	proto.ROOM:    (*conn).replyLine,
	proto.USER:    (*conn).replyLine,
	proto.HELP:    (*conn).replyLine,
	proto.SETTING: (*conn).replyLine,
	proto.SESSION: (*conn).replyLine,
	proto.KEY:     (*conn).replyLine,
	proto.WHOIS:   (*conn).replyLine,
	proto.ACCOUNT: (*conn).replyLine,
	proto.STAT:    (*conn).replyLine,
	proto.IGNORED: (*conn).replyLine,
	proto.LIMIT:   (*conn).replyLine,
	proto.BYE:     (*conn).bye,
}

// receive handles one line from the server.
func (cn *conn) receive(l *proto.Line) error {
	cn.client.mu.Lock()
	defer cn.client.mu.Unlock()
	if cn.guest == "" && l.Type != proto.HELLO && l.Type != proto.BYE {
		return fmt.Errorf("%w: it does not say HELLO", ErrProtocol)
	}
	switch {
	case l.Past, slices.Contains([]proto.Keyword{proto.OK, proto.ERR, proto.USER, proto.ROOM, proto.ACCOUNT}, l.Type):
		cn.progress = time.Now()
	case len(cn.inflight) > 0 && time.Since(cn.progress) > 2*pingInterval:
		return fmt.Errorf("the server has not answered for %v", 2*pingInterval)
	}
	if handle := handlers[l.Type]; handle != nil {
		return handle(cn, l)
	}
	return nil
}

func (cn *conn) hello(l *proto.Line) error {
	switch {
	case l.Protocol != proto.Greeting:
		return fmt.Errorf("%w, but %.20q", ErrProtocol, l.Protocol)
	case l.Nick == "" || cn.guest != "":
		return fmt.Errorf("%w: its HELLO has no nick, or comes twice", ErrProtocol)
	}
	cn.guest = l.Nick
	close(cn.greeted)
	return nil
}

// bye returns why the connection ends.
func (cn *conn) bye(l *proto.Line) error {
	if cn.client.established {
		cn.client.events.push(Bye{l.Code, l.Text})
	}
	switch {
	case l.Code == "replaced":
		return ErrReplaced
	case l.Code == "ended":
		return fmt.Errorf("%w: %s", ErrEnded, l.Text)
	case l.Code == "quit" && cn.quits:
		return ErrClosed
	}
	return fmt.Errorf("the server said BYE %s %s", l.Code, l.Text)
}

// message handles a post, live or of a reply.
func (cn *conn) message(l *proto.Line) error {
	if l.Room == "" || l.Seq == 0 {
		return fmt.Errorf("%w: a post without room or number", ErrProtocol)
	}
	switch {
	case !l.Past:
		cn.pushUnseen(cn.joinedRoom(l), l)
	case cn.resuming() != nil:
		cn.pushUnseen(cn.resuming(), l)
	default:
		return cn.replyLine(l)
	}
	return nil
}

// pushUnseen makes a post of a room an event, if its number was not seen yet.
func (cn *conn) pushUnseen(r *room, l *proto.Line) {
	if r == nil || l.Seq <= r.last {
		return
	}
	r.last, cn.replayed = l.Seq, cn.replayed || l.Past
	if !l.Past || !cn.client.isOwn(l) {
		cn.client.events.push(messageOf(l))
	}
}

// gap handles a GAP. In a room that the client is in, one beyond what was seen is
// no part of a reply, because all that a reply is about has come before it.
func (cn *conn) gap(l *proto.Line) error {
	r := cn.joinedRoom(l)
	if r == nil {
		r = cn.resuming()
	}
	if r == nil || l.Why == "time" || l.To <= r.last {
		return cn.replyLine(l)
	}
	r.last = l.To
	cn.client.events.push(gapOf(l))
	return nil
}

// topic handles a TOPIC. While JOIN or TOPIC is under way it may be part of the
// reply, and no event. It does not matter which: the last one of a room is its topic.
func (cn *conn) topic(l *proto.Line) error {
	r, request, topic := cn.joinedRoom(l), cn.front(), TopicText{l.Nick, l.Text}
	asked := request != nil && (request.command.Verb == "JOIN" || request.command.Verb == "TOPIC" && request.command.Text == "")
	if r != nil && (!asked || r.topic != topic) {
		cn.client.changeTopic(l.Room, r, topic)
	}
	if r == nil && asked {
		request.topic = topic
	}
	if asked {
		return cn.replyLine(l)
	}
	return nil
}

func (cn *conn) tell(l *proto.Line) error {
	cn.client.events.push(Tell{l.Nick, l.Text})
	return nil
}

func (cn *conn) notice(l *proto.Line) error {
	if cn.answered || !cn.client.established { // the message of the day comes once
		cn.client.events.push(Notice{l.Text})
	}
	return nil
}

// presence handles a JOINED, LEFT or RENAMED. Of the client's own nick a LEFT says
// that the server has removed it from the room.
func (cn *conn) presence(l *proto.Line) error {
	c := cn.client
	if cn.joinedRoom(l) == nil {
		return nil
	}
	switch l.Type {
	case proto.JOINED:
		c.events.push(MemberJoined{l.Room, l.Nick})
	case proto.RENAMED:
		c.events.push(MemberRenamed{l.Room, l.Old, l.Nick})
	case proto.LEFT:
		c.events.push(MemberLeft{l.Room, l.Nick, l.Why})
		if l.Nick == c.session.Nick {
			return c.removed(l.Room)
		}
	}
	return nil
}

// joinedRoom returns the room of a line, or nil if the client has not joined it
// on this connection.
func (cn *conn) joinedRoom(l *proto.Line) *room {
	if r := cn.client.rooms[l.Room]; r != nil && r.joined {
		return r
	}
	return nil
}

// resuming returns the room that the request answered next resumes, or nil.
func (cn *conn) resuming() *room {
	if r := cn.front(); r != nil && r.resumes() {
		return cn.client.rooms[r.room()]
	}
	return nil
}
