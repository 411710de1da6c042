package client

// A room is one that the client is in, or will be again. The client's session
// has their order.
type room struct {
	last   uint64 // the last number seen
	topic  TopicText
	joined bool // on the connection there is
	create bool // it is created when it is gone
}

// removed notes that the client is in a room no longer, without having left it.
func (c *Client) removed(name string) error {
	if name == c.session.Room {
		return c.leaveRoom(name, "")
	}
	return c.leaveRoom(name, c.session.Room)
}

// leaveRoom notes that the client is in a room no longer, and which is the
// current one.
func (c *Client) leaveRoom(name, current string) error {
	delete(c.rooms, name)
	return c.moveTo(current, without(c.session.Rooms, name))
}

// moveTo notes the current room, and those that the client is in.
func (c *Client) moveTo(current string, rooms []string) error {
	to := c.session
	to.Room, to.Rooms = current, rooms
	if current == "" {
		return c.fire(emptied, StateChange{To: to})
	}
	return c.fire(entered, StateChange{To: to})
}

// changeTopic notes a room's topic, and makes an event of it.
func (c *Client) changeTopic(name string, r *room, topic TopicText) {
	r.topic = topic
	c.events.push(TopicChange{name, topic.Nick, topic.Text})
}
