package proto

import "time"

// A Code is the stable word of an ERR line (protocol.md, "Errors"), and an error
// that an [*Error] of that code is, for errors.Is.
type Code string

func (c Code) Error() string { return string(c) }

// The codes of ERR lines. The table in protocol.md, "Errors", says when each is
// sent. A test compares the two.
const (
	UnknownCommand Code = "unknown-command"
	BadArguments   Code = "bad-arguments"
	BadName        Code = "bad-name"
	BadPosition    Code = "bad-position"
	BadUTF8        Code = "bad-utf8"
	TooLong        Code = "too-long"
	Unfinished     Code = "unfinished"
	NoSuchRoom     Code = "no-such-room"
	NoSuchUser     Code = "no-such-user"
	RoomExists     Code = "room-exists"
	NickTaken      Code = "nick-taken"
	NickRegistered Code = "nick-registered"
	NotInRoom      Code = "not-in-room"
	NotAllowed     Code = "not-allowed"
	LoginRequired  Code = "login-required"
	NotSecure      Code = "not-secure"
	BadLogin       Code = "bad-login"
	BadPassword    Code = "bad-password"
	BadKey         Code = "bad-key"
	KeyTaken       Code = "key-taken"
	NoSuchKey      Code = "no-such-key"
	NoSuchAccount  Code = "no-such-account"
	NoSuchSession  Code = "no-such-session"
	OnceMismatch   Code = "once-mismatch"
	RateLimited    Code = "rate-limited"
	BusyUser       Code = "busy-user"
	TooManyRooms   Code = "too-many-rooms"
	TooMany        Code = "too-many"
	StoreFailed    Code = "store"
	Unknown        Code = "unknown"
	Stopping       Code = "stopping"
	Internal       Code = "internal"
)

// Codes lists every Code, in the order of protocol.md's table.
var Codes = []Code{
	UnknownCommand, BadArguments, BadName, BadPosition, BadUTF8, TooLong, Unfinished,
	NoSuchRoom, NoSuchUser, RoomExists, NickTaken, NickRegistered, NotInRoom, NotAllowed,
	LoginRequired, NotSecure, BadLogin, BadPassword, BadKey, KeyTaken, NoSuchKey, NoSuchAccount, NoSuchSession,
	OnceMismatch, RateLimited, BusyUser, TooManyRooms, TooMany, StoreFailed, Unknown, Stopping, Internal,
}

// An Error is a refusal, which becomes one ERR line (protocol.md, "Errors").
// Text is for people: it names the limit, the wait and what would help.
type Error struct {
	Code  Code
	Text  string
	Limit uint64        // the limit that was reached, in the unit that Text names; 0: none
	Wait  time.Duration // how long to wait before trying again; 0: waiting does not help
}

func (e *Error) Error() string { return string(e.Code) + ": " + e.Text }

// Is reports whether target is the error's Code.
func (e *Error) Is(target error) bool { return target == e.Code }
