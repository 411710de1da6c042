package client

import "linechat/chatd/proto"

// A Code is the word of a refusal (protocol.md, "Errors"), and an error, so that
// errors.Is(err, client.NoSuchRoom) reports whether err is a [*proto.Error] of
// that code.
type Code = proto.Code

// The codes of refusals.
const (
	UnknownCommand = proto.UnknownCommand // there is no such verb
	BadArguments   = proto.BadArguments   // words are missing, too many or not understood
	BadName        = proto.BadName        // what is not a name of a room or nick
	BadPosition    = proto.BadPosition    // after a number that the room has not reached
	BadUTF8        = proto.BadUTF8        // a text that is not UTF-8
	TooLong        = proto.TooLong        // longer than the Limit of the error
	Unfinished     = proto.Unfinished     // the input ended inside a command
	NoSuchRoom     = proto.NoSuchRoom     // no room of that name
	NoSuchUser     = proto.NoSuchUser     // nobody of that nick is connected
	RoomExists     = proto.RoomExists     // the name, or one that looks like it, is in use by a room
	NickTaken      = proto.NickTaken      // the nick, or one that looks like it, is in use
	NickRegistered = proto.NickRegistered // the nick, or one that looks like it, is an account's
	NotInRoom      = proto.NotInRoom      // no current room, or one that the client is not in
	NotAllowed     = proto.NotAllowed     // the role does not reach
	LoginRequired  = proto.LoginRequired  // the server admits no guests
	NotSecure      = proto.NotSecure      // a password over a connection that others may read
	BadLogin       = proto.BadLogin       // a wrong password, or no account of that name
	BadPassword    = proto.BadPassword    // what cannot be a password
	BadKey         = proto.BadKey         // what is not a key, or none that the session has proved
	KeyTaken       = proto.KeyTaken       // another account has proved the key
	NoSuchKey      = proto.NoSuchKey      // no key of that fingerprint
	NoSuchAccount  = proto.NoSuchAccount  // no account of that name
	NoSuchSession  = proto.NoSuchSession  // no session of that id
	OnceMismatch   = proto.OnceMismatch   // the ONCE key was used for another text
	RateLimited    = proto.RateLimited    // too much of this in too short a time; the Wait of the error says how long
	BusyUser       = proto.BusyUser       // too many private lines wait for that user
	TooManyRooms   = proto.TooManyRooms   // the limit of rooms was reached
	TooMany        = proto.TooMany        // the room has as many members as it may have
	StoreFailed    = proto.StoreFailed    // the store failed or is full: certainly not stored
	Unknown        = proto.Unknown        // perhaps stored
	Stopping       = proto.Stopping       // the server is stopping: not carried out
	Internal       = proto.Internal       // a defect in the server
)
