package client

import (
	"fmt"
	"time"

	"linechat/chatd/proto"
)

// front returns the request whose reply comes next, or nil.
func (cn *conn) front() *request {
	if len(cn.inflight) == 0 {
		return nil
	}
	return cn.inflight[0]
}

// lineSize is how much memory a line of a reply takes, roughly, without its text.
const lineSize = 400

// add adds a line to the reply that is coming in.
func (cn *conn) add(l *proto.Line) {
	k := cn.front()
	if k == nil || k.finished || k.resumes != nil {
		return
	}
	if k.size += lineSize + len(l.Text); k.size > cn.client.config.limits.reply {
		cn.client.finish(k, ErrTooLarge)
		return
	}
	k.reply.Lines = append(k.reply.Lines, *l)
}

// reply deals with the OK or ERR of the first request under way.
func (cn *conn) reply(l *proto.Line) error {
	k, topic := cn.front(), cn.topic
	if k == nil || l.Type == proto.OK && l.Verb != k.command.Verb {
		return fmt.Errorf("%w: it answers %.20q, which was not asked", ErrProtocol, l.Verb)
	}
	cn.inflight = cn.inflight[1:]
	cn.answered, cn.topic = true, TopicText{}
	if l.Type == proto.ERR {
		cn.client.refused(k, refusal(l))
		return nil
	}
	if !k.finished {
		k.reply.OK = *l
	}
	err := cn.done(k, l, topic)
	cn.client.finish(k, nil)
	return err
}

// refused deals with a refusal. That of a failing store, or of a server that stops,
// is not the last word on a post.
func (c *Client) refused(k *request, e *proto.Error) {
	passing := e.Code == proto.StoreFailed || e.Code == proto.Unknown || e.Code == proto.Stopping
	if k.post && !k.finished && passing {
		if k.maybeStored = k.maybeStored || e.Code == proto.Unknown; !k.maybeStored {
			k.sentAt = time.Time{}
		}
		c.hold(e.Wait)
		c.repeat(k)
		return
	}
	c.finish(k, e)
}

// done notes what a command has changed, whoever sent it.
func (cn *conn) done(k *request, ok *proto.Line, topic TopicText) error {
	c := cn.client
	if nameless(ok) {
		return fmt.Errorf("%w: OK %s without a name", ErrProtocol, ok.Verb)
	}
	switch ok.Verb {
	case "JOIN":
		if cn.latest = k.resumes; k.resumes != nil {
			c.resumed(k.resumes, ok, topic)
			return nil
		}
		return c.joined(ok, topic)
	case "LEAVE":
		return c.leave(ok.Room, ok.Current)
	case "NICK":
		c.wanted = ok.Nick
		if words := k.command.Words; len(words) > 1 {
			c.key = words[1]
		}
		c.setNick(ok.Nick, nil)
	case "SET":
		if ok.Name != "" {
			c.settings[ok.Name] = ok.Value
		}
	case "POST", "ME", "PASTE":
		c.failures = 0
		if r := c.roomNamed(ok.Room); r != nil && r.here && c.echoOff() {
			r.last = max(r.last, ok.Seq) // the post will not come, and all before it have
		}
	}
	return nil
}

// nameless reports whether an OK lacks the name that it is about.
func nameless(ok *proto.Line) bool {
	switch ok.Verb {
	case "JOIN", "LEAVE":
		return ok.Room == ""
	case "NICK":
		return ok.Nick == ""
	}
	return false
}

// setNick notes the nick in use; err is why it is not the one that was wanted.
func (c *Client) setNick(nick string, err error) {
	old := c.nick
	if c.nick = nick; c.begun && old != nick {
		c.events.push(NickChange{old, nick, err})
	}
}

func (c *Client) echoOff() bool { return c.settings["echo"] == "off" }
