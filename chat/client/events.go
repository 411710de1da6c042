package client

import (
	"time"

	"linechat/chatd/proto"
)

// An Event is one of the types below, as a value. A program passes over those
// that it does not know: there may be more. Those that the server has sent have
// its line, cleaned of what could disturb a terminal (protocol.md, "Lines from
// the server" says which fields each has).
type Event interface{ event() }

type (
	// Post is a MSG or ME of a room that the client is in: Room, Seq, Time,
	// Nick and Text, whose lines are joined by "\n". Past is set on one that was
	// brought back after the connection was lost. Of one room each number comes
	// at most once, and in order. With echo off one's own do not come.
	Post struct{ proto.Line }

	// Tell is a private line: Nick and Text.
	Tell struct{ proto.Line }

	// MemberJoined, MemberLeft and MemberRenamed tell who is in a room: Room
	// and Nick, and Why or Old. They are not brought back after the connection
	// was lost; Who lists the members.
	MemberJoined struct{ proto.Line }

	// MemberLeft: see MemberJoined. Of the client's own nick it says that the
	// server has taken it out of the room.
	MemberLeft struct{ proto.Line }

	// MemberRenamed: see MemberJoined.
	MemberRenamed struct{ proto.Line }

	// TopicChange is the new topic of a room: Room, Nick and Text, which is
	// empty when the topic was taken away. After the connection was lost it
	// comes if the topic is another one than before.
	TopicChange struct{ proto.Line }

	// Gap says that the posts From … To of Room will not come.
	Gap struct{ proto.Line }

	// Notice is something the server has to say: Text.
	Notice struct{ proto.Line }

	// Bye is the server's last line: Code and Text. A StateChange follows.
	Bye struct{ proto.Line }
)

// StateChange says that the client went from one State to another. The
// first one is from Connecting to Init; the last one, to Closed, is the last
// event of all.
//
// While nobody takes events, the changes of a connection that is tried in vain
// are kept as one.
type StateChange struct {
	From, To State
	Err      error     // to Lost and Closed: why
	Next     time.Time // to Lost: when the next attempt is made
	Rooms    []string  // to Init and InRoom: the rooms the client is in, a current one last
}

// NickChange says that the client has another nick: by Rename or Do, because
// the one it had was not to be had after the connection was lost, or because it
// has been taken back.
type NickChange struct {
	Old, Nick string
	Err       error // why the nick that was asked for was refused, or nil
}

// RoomLost says that a room could not be joined again after the connection was
// lost; the client is in it no longer.
type RoomLost struct {
	Room string
	Err  error // a *proto.Error
}

// RoomReset says that a room has fewer posts than were seen in it: the server
// has lost or exchanged its store. What follows are the posts behind Head, with
// numbers that may have been seen before, of other posts.
type RoomReset struct {
	Room       string
	Seen, Head uint64
}

func (Post) event()          {}
func (Tell) event()          {}
func (MemberJoined) event()  {}
func (MemberLeft) event()    {}
func (MemberRenamed) event() {}
func (TopicChange) event()   {}
func (Gap) event()           {}
func (Notice) event()        {}
func (Bye) event()           {}
func (StateChange) event()   {}
func (NickChange) event()    {}
func (RoomLost) event()      {}
func (RoomReset) event()     {}

// weigh returns how much memory an event takes, roughly.
func weigh(e Event) int {
	const fixed = 400 // a Line, and its place in the queue
	switch e := e.(type) {
	case Post:
		return fixed + len(e.Text)
	case Tell:
		return fixed + len(e.Text)
	case TopicChange:
		return fixed + len(e.Text)
	case Notice:
		return fixed + len(e.Text)
	}
	return fixed
}
