package client

import (
	"slices"
	"time"

	"linechat/chatd/proto"
)

// A room is one that the client is in, or will be again.
type room struct {
	name  string // as the server shows it
	last  uint64 // the last number seen
	topic TopicText
	here  bool // joined on the connection there is
}

// roomNamed returns the room of that name, as the server shows it, or nil. The
// mutex is held, as for all that follows.
func (c *Client) roomNamed(name string) *room {
	for _, r := range c.rooms {
		if r.name == name {
			return r
		}
	}
	return nil
}

// roomNames returns the names of the rooms, the current one last.
func (c *Client) roomNames() []string {
	names := make([]string, len(c.rooms))
	for i, r := range c.rooms {
		names[i] = r.name
	}
	return names
}

// leave takes a room off the list; current is the one that the client is in
// then.
func (c *Client) leave(name, current string) error {
	c.rooms = slices.DeleteFunc(c.rooms, func(r *room) bool { return r.name == name })
	if current == c.current {
		return nil
	}
	return c.moveTo(current)
}

// moveTo makes a room the current one; "": none is.
func (c *Client) moveTo(name string) error {
	c.current = name
	if name == "" {
		return c.fire(emptied, nil, time.Time{})
	}
	return c.fire(entered, nil, time.Time{})
}

// joined notes what the answer to a JOIN says, and the topic that came with it.
func (c *Client) joined(ok *proto.Line, topic TopicText) error {
	r := c.roomNamed(ok.Room)
	if r == nil {
		r = &room{name: ok.Room, last: ok.Seq, topic: topic, here: true}
	}
	c.rooms = append(slices.DeleteFunc(c.rooms, func(other *room) bool { return other == r }), r)
	return c.moveTo(r.name)
}

// resumed notes that a room is joined again. Which one is current is settled
// when all are.
func (c *Client) resumed(r *room, ok *proto.Line, topic TopicText) {
	if r.here {
		return // it was joined once more to be the current one
	}
	if ok.Seq < r.last {
		c.events.push(RoomReset{Room: r.name, Seen: r.last, Head: ok.Seq})
	}
	r.name, r.last, r.here = ok.Room, ok.Seq, true
	c.changeTopic(r, topic)
}

// changeTopic notes a topic, and tells of it if it is another one.
func (c *Client) changeTopic(r *room, topic TopicText) {
	if r.topic == topic {
		return
	}
	r.topic = topic
	c.events.push(TopicChange{r.name, topic.Nick, topic.Text})
}
