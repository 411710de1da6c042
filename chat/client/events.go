package client

import (
	"time"

	"linechat/chatd/proto"
)

// An Event is one of the types below, as a value. A program passes over those
// that it does not know: there may be more. What the server has sent is cleaned
// of what could disturb a terminal.
type Event interface {
	size() int // how many bytes it takes, roughly, besides what each takes
}

// A Message is a post: a MSG or ME (protocol.md, "Lines from the server"). As
// an event it is of a room that the client is in; of one room each number comes
// at most once, and in order. With echo off the client's own do not come, but for one
// that was given up, if a lost connection brings it back.
type Message struct {
	Room     string // as the server shows it
	Seq      uint64 // its number in the room
	Time     time.Time
	Nick     string
	Account  string // that posted it; "": a guest
	Text     string // several lines are joined by "\n"
	Action   bool   // a ME: Text says what Nick does
	Replayed bool   // brought back: by Join, History or Search, or after the connection was lost
}

// A Tell is a private line from Nick.
type Tell struct{ Nick, Text string }

// MemberJoined says that Nick is a member of Room from now on. Neither it nor
// MemberLeft and MemberRenamed are brought back after the connection was lost;
// Who lists the members.
type MemberJoined struct{ Room, Nick string }

// MemberLeft says that Nick is no longer a member of Room. Why is "leave",
// "lost", "login", "dropped" or a code of BYE (protocol.md, "How a connection ends").
// Of the client's own nick it says that the server has removed it from the room, as
// when the room was dropped.
type MemberLeft struct{ Room, Nick, Why string }

// MemberRenamed says that the member Old of Room is called Nick from now on.
type MemberRenamed struct{ Room, Old, Nick string }

// A TopicChange is the new topic of a room, and who set it; an empty Text: it
// was removed. After the connection was lost it comes if the topic is another
// one than before.
type TopicChange struct{ Room, Nick, Text string }

// A Gap says that the posts From to To of Room, both included, will not come.
// Why is "retention": they are no longer kept, or, of a Search, "time": it has
// not reached them.
type Gap struct {
	Room     string
	From, To uint64
	Why      string
}

// A Notice is a message of the server.
type Notice struct{ Text string }

// Bye is the server's last line (protocol.md, "How a connection ends"). A
// StateChange follows.
type Bye struct {
	Code Code
	Text string
}

// StateChange says that the client's session is another one: its state, server, nick,
// account, current room, rooms or echo. The first one leads from Connecting to Init; only the
// message of the day, a Notice, may come before it. The last one, to Closed, is the last
// event of all. The others come before the Answer to the command that has caused them,
// and before all that comes from the session they lead to. While nobody takes events,
// the changes of a connection that is tried in vain are kept as one.
type StateChange struct {
	From, To Session
	Err      error     // to Lost and Closed: why; with another nick: why the wanted one is not to be had, or nil
	Next     time.Time // to Lost: when the next attempt is made
}

// An Answer is that to a command of [Client.Send], in its place among the events.
type Answer struct {
	Request *Request
	Reply   Reply
	Err     error // as of [Client.Do]
}

// RoomLost says that a room could not be joined again after the connection was
// lost; the client is in it no longer. One that was joined with [CreateRoom] is only
// lost if it cannot be created, either.
type RoomLost struct {
	Room string
	Err  error // a *proto.Error
}

// RoomReset says that a room has fewer posts than were seen in it: the server
// has lost or exchanged its store. What follows are the posts after Head, with
// numbers that may have been seen before, of other posts.
type RoomReset struct {
	Room       string
	Seen, Head uint64
}

func (m Message) size() int     { return len(m.Text) }
func (t Tell) size() int        { return len(t.Text) }
func (MemberJoined) size() int  { return 0 }
func (MemberLeft) size() int    { return 0 }
func (MemberRenamed) size() int { return 0 }
func (t TopicChange) size() int { return len(t.Text) }
func (Gap) size() int           { return 0 }
func (n Notice) size() int      { return len(n.Text) }
func (Bye) size() int           { return 0 }
func (s StateChange) size() int { return 40 * len(s.To.Rooms) }
func (a Answer) size() int      { return a.Request.size }
func (RoomLost) size() int      { return 0 }
func (RoomReset) size() int     { return 0 }

// messageOf returns a MSG or ME as a Message.
func messageOf(l *proto.Line) Message {
	return Message{Room: l.Room, Seq: l.Seq, Time: l.Time, Nick: l.Nick, Account: l.Account, Text: l.Text, Action: l.Type == proto.ME, Replayed: l.Past}
}

// gapOf returns a GAP as a Gap.
func gapOf(l *proto.Line) Gap { return Gap{l.Room, l.From, l.To, l.Why} }
