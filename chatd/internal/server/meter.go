package server

import (
	"time"

	"linechat/chatd/proto"
)

// A Meter is told what befalls sessions. Its methods may be called from any goroutine, and
// must not wait.
type Meter interface {
	// ConnectionRefused: there was no place for it among those of everybody, "all".
	ConnectionRefused(limit string)
	// SessionEnded: for what reason, as the log has it.
	SessionEnded(reason string)
	// CommandRefused: a client has read ERR. A verb that there is not is "-".
	CommandRefused(verb string, code proto.Code)
	// InputSlowed: a session's input waits, because its rates or those of its origin are
	// used up.
	InputSlowed()
	// SearchDone: the store has answered a search after that time.
	SearchDone(took time.Duration)
}

type noMeter struct{}

func (noMeter) ConnectionRefused(string)          {}
func (noMeter) SessionEnded(string)               {}
func (noMeter) CommandRefused(string, proto.Code) {}
func (noMeter) InputSlowed()                      {}
func (noMeter) SearchDone(time.Duration)          {}
