package client

import (
	"context"
	"strings"

	"linechat/chatd/proto"
)

// A Reply is the answer to a command: the lines before its OK, and the OK.
type Reply struct {
	Lines   []proto.Line
	OK      proto.Line
	Created bool // the room was created for it: see [CreateRoom]
}

// Posts is what JOIN, HISTORY and SEARCH bring back.
type Posts struct {
	Past []Message // oldest first
	Gaps []Gap     // what is gone of it, or, with the Why "time", was not searched
	Head uint64    // the room's last number
}

// Posts returns the posts that a JOIN, HISTORY or SEARCH has brought back.
func (r Reply) Posts() Posts {
	p := Posts{Head: r.OK.Seq}
	for i := range r.Lines {
		switch l := &r.Lines[i]; {
		case l.Past:
			p.Past = append(p.Past, messageOf(l))
		case l.Type == proto.GAP:
			p.Gaps = append(p.Gaps, gapOf(l))
		}
	}
	return p
}

// Topic returns the topic that a JOIN or TOPIC was answered with.
func (r Reply) Topic() (t TopicText) {
	for i := range r.Lines {
		if l := &r.Lines[i]; l.Type == proto.TOPIC && l.Room == r.OK.Room {
			t = TopicText{l.Nick, l.Text}
		}
	}
	return t
}

// Rooms returns the rooms that a ROOMS was answered with.
func (r Reply) Rooms() (rooms []RoomInfo) {
	for i := range r.Lines {
		l := &r.Lines[i]
		rooms = append(rooms, RoomInfo{l.Room, l.Members, l.Text})
	}
	return rooms
}

// Members returns the members that a WHO was answered with.
func (r Reply) Members() (members []Member) {
	for i := range r.Lines {
		l := &r.Lines[i]
		members = append(members, Member{l.Room, l.Nick, l.Role})
	}
	return members
}

// Do sends a command and waits for its reply. A refusal is a [*proto.Error],
// with Limit and Wait where the server names them; CREATE, NICK and TELL that
// come too often are [RateLimited] and not repeated. [ErrLost]: the
// connection was lost before the reply came. [ErrUnread], [ErrTooLarge], and
// Err once the client has ended.
//
// Without a room, POST, ME and PASTE are for the one that is current at the call, and
// other commands for the one that is when the server reads them. Those three get a ONCE
// key if they have none, and without an answer they are sent again. The Text of a PASTE
// is its lines, joined by "\n". NICK gets the client's key if it has none, and one that it
// has becomes the client's. What JOIN, LEAVE, NICK, SET and IGNORE have changed is
// so again after a lost connection. After QUIT the client ends.
//
// FORMAT and SET talk are refused here: they would change how the client and the
// server understand one another.
func (c *Client) Do(ctx context.Context, command proto.Command, options ...Option) (Reply, error) {
	r, err := c.submit(ctx, command, options, nil)
	if err != nil {
		return Reply{}, err
	}
	return r.Wait(ctx)
}

// Send sends a command as Do does, but does not wait: its reply comes as an
// [Answer] among the events, in the place that it has on the wire. An error says
// that nothing is sent, and then no Answer comes. If the client is closed before the
// answer, only [Request.Wait] tells the result.
func (c *Client) Send(command proto.Command, options ...Option) (*Request, error) {
	return c.submit(context.Background(), command, options, func(r *Request) { c.events.push(Answer{r, r.reply, r.err}) })
}

// Joined is what Join brings.
type Joined struct {
	Room    string    // as the server shows it
	Topic   TopicText // zero: none
	Members uint64    // the client included
	Created bool      // it was created: see [CreateRoom]
	Posts             // what was brought back; live posts come after Head
}

// TopicText is a room's topic and who set it; the zero value: none.
type TopicText struct{ Nick, Text string }

// Join joins a room and makes it the current one (protocol.md, "JOIN"). What
// [Last] or [After] bring back is in the result; what is posted later is an event.
func (c *Client) Join(ctx context.Context, room string, options ...Option) (Joined, error) {
	r, err := c.Do(ctx, proto.Command{Verb: "JOIN", Words: []string{room}}, options...)
	if err != nil {
		return Joined{}, err
	}
	return Joined{Room: r.OK.Room, Topic: r.Topic(), Members: r.OK.Members, Created: r.Created, Posts: r.Posts()}, nil
}

// Leave leaves a room, the current one if it is empty, and returns which is
// the current one then; "": none. After it no event of the room comes.
func (c *Client) Leave(ctx context.Context, room string) (current string, err error) {
	r, err := c.Do(ctx, proto.Command{Verb: "LEAVE", Words: given(room)})
	return r.OK.Current, err
}

// Create makes a room, with a topic unless it is empty, and does not join it.
// [RoomExists]: there is one of that name, or of one that looks like it.
func (c *Client) Create(ctx context.Context, room, topic string) error {
	_, err := c.Do(ctx, proto.Command{Verb: "CREATE", Words: []string{room}, Text: topic})
	return err
}

// Rename takes another nick, with the client's key, which is also the one that
// is taken back from then on.
func (c *Client) Rename(ctx context.Context, nick string) error {
	_, err := c.Do(ctx, proto.Command{Verb: "NICK", Words: []string{nick}})
	return err
}

// Tell says a line to one user, who must be connected.
func (c *Client) Tell(ctx context.Context, nick, text string) error {
	_, err := c.Do(ctx, proto.Command{Verb: "TELL", Words: []string{nick}, Text: text})
	return err
}

// Topic returns the topic of a room, or of the current one if room is empty. Like
// all that only asks it does not fail with ErrLost: it asks again.
func (c *Client) Topic(ctx context.Context, room string) (TopicText, error) {
	r, err := c.retry(ctx, proto.Command{Verb: "TOPIC", Room: room})
	return r.Topic(), err
}

// SetTopic sets the topic of a room, or of the current one if room is empty; an
// empty text takes it away.
func (c *Client) SetTopic(ctx context.Context, room, text string) error {
	if strings.TrimSpace(text) == "" {
		text = "-"
	}
	_, err := c.Do(ctx, proto.Command{Verb: "TOPIC", Room: room, Text: text})
	return err
}

// A RoomInfo is a room as ROOMS lists it.
type RoomInfo struct {
	Name    string // as the server shows it
	Members uint64
	Topic   string // "": none
}

// A Member is a member of Room.
type Member struct {
	Room string // as the server shows it
	Nick string
	Role string // "guest" so far; treat an unknown one as guest (protocol.md, "Lines from the server")
}

// Who lists the members of a room, or of the current one if room is empty.
func (c *Client) Who(ctx context.Context, room string) ([]Member, error) {
	r, err := c.retry(ctx, proto.Command{Verb: "WHO", Room: room})
	return r.Members(), err
}

// Set turns echo or presence on or off (protocol.md, "SET").
func (c *Client) Set(ctx context.Context, name string, on bool) error {
	value := map[bool]string{true: "on", false: "off"}
	_, err := c.Do(ctx, proto.Command{Verb: "SET", Words: []string{name, value[on]}})
	return err
}

// given returns word as the words of a command, or none.
func given(word string) []string {
	if word == "" {
		return nil
	}
	return []string{word}
}
