package client

import (
	"fmt"
	"slices"
)

// A State is where a client stands. Init and InRoom are those of protocol.md,
// "States"; in the others there is no connection that can be used.
type State uint8

// The states.
const (
	Connecting State = iota // a connection is being made
	Init                    // connected, in no current room
	InRoom                  // connected, in a current room
	Lost                    // without a connection; another attempt follows
	Closed                  // at the end
)

// String returns the state's name.
func (s State) String() string {
	names := [...]string{"connecting", "INIT", "IN_ROOM", "lost", "closed"}
	if int(s) < len(names) {
		return names[s]
	}
	return fmt.Sprintf("State(%d)", uint8(s))
}

// A trigger is what can lead from one state to another.
type trigger uint8

const (
	ready       trigger = iota // connected, and no room is current
	readyInRoom                // connected, and the rooms are joined again
	entered                    // a room became the current one
	emptied                    // no room is current
	broke                      // the connection, or the attempt to make one, failed
	retried                    // the pause is over
	ended                      // for good
	triggers                   // how many there are
)

func (t trigger) String() string {
	names := [triggers]string{"ready", "ready in a room", "entered", "emptied", "broke", "retried", "ended"}
	if t < triggers {
		return names[t]
	}
	return fmt.Sprintf("trigger(%d)", uint8(t))
}

// transitions is the machine, all of it: in which state what may happen, and
// where it leads.
var transitions = map[State]map[trigger]State{
	Connecting: {ready: Init, readyInRoom: InRoom, entered: Connecting, emptied: Connecting, broke: Lost, ended: Closed},
	Init:       {entered: InRoom, emptied: Init, broke: Lost, ended: Closed},
	InRoom:     {entered: InRoom, emptied: Init, broke: Lost, ended: Closed},
	Lost:       {retried: Connecting, ended: Closed},
	Closed:     {},
}

// next returns where t leads from s. What the table does not list is errInvalid.
func (s State) next(t trigger) (State, error) {
	to, ok := transitions[s][t]
	if !ok {
		return s, fmt.Errorf("%w: %v in state %v", errInvalid, t, s)
	}
	return to, nil
}

// A Session is where a client stands at one time: a value that nobody changes.
type Session struct {
	State   State
	Server  string   // connected to, as in Config.Server. Without a connection the last one
	Nick    string   // in use; without a connection the one last used
	Account string   // that the client is logged in to; "": none, it is a guest
	Room    string   // the current one; "": none. Without a connection the one that will be current again
	Rooms   []string // those the client is in, as they were joined, a current one last. Without a connection those that will be joined again
	Echo    bool     // the client's own posts come as events, too (protocol.md, "SET")
}

// Connected reports whether commands are sent at once: in Init and InRoom.
func (s Session) Connected() bool { return s.State == Init || s.State == InRoom }

func (s Session) equal(t Session) bool {
	return s.State == t.State && s.Server == t.Server && s.Nick == t.Nick && s.Account == t.Account && s.Room == t.Room && s.Echo == t.Echo && slices.Equal(s.Rooms, t.Rooms)
}

// fire moves the client on to the state where t leads; the rest of the session is
// that of change.To. The mutex is held.
func (c *Client) fire(t trigger, change StateChange) error {
	state, err := c.session.State.next(t)
	if err == nil {
		change.To.State = state
		c.change(change)
	}
	return err
}

// change notes the session change.To, and makes an event of it if it is another
// one. The mutex is held.
func (c *Client) change(change StateChange) {
	change.From = c.session
	c.session = change.To
	if c.established && !change.From.equal(change.To) {
		c.events.push(change)
	}
}

// without returns names without one of them, in a slice of its own.
func without(names []string, name string) []string {
	return slices.DeleteFunc(slices.Clone(names), func(other string) bool { return other == name })
}
