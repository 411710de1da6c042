// Package telnet takes the telnet protocol (RFC 854) out of what a peer sends.
//
// It is silent until the peer has sent a telnet command: netcat shows
// negotiation as junk, and some telnet clients stop echoing what is typed as
// soon as a server negotiates. From then on it refuses every option, so that
// the session stays what it was: lines of text, edited and echoed by the peer. The only
// exception is ECHO while a password is typed, so that it does not show (RFC 857).
package telnet

import "bytes"

// The commands that mean something here, RFC 854. All others are ignored.
const (
	lowest = 0xEC // EOF, RFC 1184: no command is below it

	interruptProcess = 0xF4
	areYouThere      = 0xF6
	eraseCharacter   = 0xF7
	eraseLine        = 0xF8

	sb   = 0xFA // begins a subnegotiation; IAC SE ends it
	will = 0xFB
	wont = 0xFC
	do   = 0xFD
	dont = 0xFE

	iac = 0xFF
)

// The keys that mean to a line editor what the erasing commands mean.
const (
	ctrlU = 0x15
	del   = 0x7F
)

// maxSubnegotiation is how many bytes a subnegotiation may have between IAC SB
// and IAC SE. A doubled IAC is one.
const maxSubnegotiation = 1024

// A state says what the next byte is.
type state uint8

const (
	inData state = iota
	afterIAC
	afterVerb // the option that WILL, WONT, DO or DONT is about
	inSubnegotiation
	inSubnegotiationAfterIAC
)

// A Filter removes the telnet commands from what a peer sends and says what to
// answer. It knows bytes only: lines and UTF-8 are the business of its caller.
//
// An IAC (byte 255) is telnet's only if a command, 236 to 254, follows; a
// doubled IAC is one byte 255 of data, and with any other byte it is data as
// it stands. EC becomes the key DEL; EL and IP become Ctrl-U; AYT is counted;
// WILL and DO are refused, but for an ECHO that the server has asked for; a subnegotiation is swallowed, and one that has not
// ended after 1,024 bytes is given up: what follows is data again. Any command
// but IAC SE inside a subnegotiation ends it, too. All else is ignored.
//
// The zero value is ready to use. A Filter is for one goroutine at a time.
type Filter struct {
	state     state
	active    bool
	echo      echoState
	verb      byte    // while state is afterVerb
	ayt       uint8   // since the last call of AYT
	lone      [1]byte // the text when an IAC that was held turns out to be data
	swallowed uint16  // bytes of the subnegotiation so far
	commands  uint32  // since Commands counted them
}

// Filter removes the telnet commands from raw, in place. It returns the text,
// the rest of raw that it has not looked at yet, and reply with the answers
// that are due appended. The text is valid until raw is changed or Filter is
// called again.
//
// The rest is empty but for two cases, in which text is not; call Filter again
// with it, ahead of anything newer. Text before the peer's first command is
// returned without it, so that whoever looks at Active after each call knows at
// which byte of the text telnet began. And an IAC that ended an earlier call,
// where it was held because it might begin a command, is returned by itself if
// it did not.
//
// How the input is cut into calls makes no difference to the text, the answers
// or where in the text Active becomes true.
func (f *Filter) Filter(raw, reply []byte) (text, rest, answer []byte) {
	if f.state == afterIAC && len(raw) > 0 && raw[0] < lowest {
		f.state = inData
		f.lone[0] = iac
		return f.lone[:], raw, reply
	}
	text = raw[:0]
	for len(raw) > 0 {
		if f.state != inData {
			text, reply = f.step(raw[0], text, reply)
			raw = raw[1:]
			continue
		}
		n := bytes.IndexByte(raw, iac)
		if n < 0 {
			return append(text, raw...), nil, reply
		}
		text = append(text, raw[:n]...)
		raw = raw[n:]
		if !f.active && len(text) > 0 && beginsCommand(raw) {
			return text, raw, reply
		}
		f.state = afterIAC
		raw = raw[1:]
	}
	return text, nil, reply
}

// Active reports whether the peer has sent a telnet command.
func (f *Filter) Active() bool { return f.active }

// AYT returns how many AYT (Are You There) commands have come since it was last
// called; 255 stands for that many or more. Each is due a line that the peer's
// user can see (RFC 854), and one line may do for several.
func (f *Filter) AYT() int {
	n := f.ayt
	f.ayt = 0
	return int(n)
}

// Commands returns how many times n commands have come. What is left over counts the next
// time.
func (f *Filter) Commands(n int) int {
	times := int(f.commands) / n
	f.commands -= uint32(times * n)
	return times
}

// beginsCommand reports whether b, whose first byte is IAC, goes on as a command.
func beginsCommand(b []byte) bool {
	return len(b) > 1 && b[1] >= lowest && b[1] != iac
}

// step takes the next byte in any state but inData.
func (f *Filter) step(b byte, text, reply []byte) (newText, newReply []byte) {
	switch f.state {
	case afterIAC:
		text = f.command(b, text)
	case afterVerb:
		f.state = inData
		reply = f.answer(reply, b)
	case inSubnegotiation:
		if b == iac {
			f.state = inSubnegotiationAfterIAC
		} else {
			f.swallow()
		}
	case inSubnegotiationAfterIAC:
		if b == iac || b < lowest {
			f.swallow()
		} else {
			text = f.command(b, text)
		}
	}
	return text, reply
}

// command takes the byte after an IAC.
func (f *Filter) command(b byte, text []byte) []byte {
	f.state = inData
	switch {
	case b == iac:
		return append(text, iac)
	case b < lowest:
		return append(text, iac, b)
	}
	f.active = true
	f.commands++
	switch b {
	case eraseCharacter:
		text = append(text, del)
	case eraseLine, interruptProcess:
		text = append(text, ctrlU)
	case areYouThere:
		f.ayt = min(f.ayt, 254) + 1
	case sb:
		f.state = inSubnegotiation
		f.swallowed = 0
	case will, wont, do, dont:
		f.state = afterVerb
		f.verb = b
	}
	return text
}

// swallow takes one byte of a subnegotiation.
func (f *Filter) swallow() {
	f.state = inSubnegotiation
	f.swallowed++
	if f.swallowed == maxSubnegotiation {
		f.state = inData
	}
}

// answer appends the answer to WILL, WONT, DO or DONT an option. The only one that is ever
// on is ECHO, which the server turns on itself.
func (f *Filter) answer(reply []byte, option byte) []byte {
	switch {
	case option == echo && f.verb == do:
		return f.echo.move(&receivedDo, reply)
	case option == echo && f.verb == dont:
		return f.echo.move(&receivedDont, reply)
	}
	return refuse(reply, f.verb, option)
}

// refuse appends what RFC 1143, section 7, has a side say that wants no option.
//
// Of the six states of its Q method such an option is only ever in one, NO, on
// both sides: we never ask for it, so neither WANTNO nor WANTYES is entered, and never
// agree, so YES is not. What is left of its tables are the rows of NO: a
// request to enable is refused, and a request to disable asks for what is and
// must not be answered, or two that answer refusals with refusals never end.
//
// DO TIMING-MARK, an option without a state, wants an answer each time
// (RFC 860), and a refusal is one: a telnet that was interrupted shows no
// output before it.
func refuse(reply []byte, verb, option byte) []byte {
	switch verb {
	case will:
		return append(reply, iac, dont, option)
	case do:
		return append(reply, iac, wont, option)
	default:
		return reply
	}
}
