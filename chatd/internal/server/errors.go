package server

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/dustin/go-humanize"

	"linechat/chatd/internal/account"
	"linechat/chatd/internal/backplane"
	"linechat/chatd/internal/conn"
	"linechat/chatd/internal/history"
	"linechat/chatd/internal/hub"
	"linechat/chatd/proto"
)

// subject is the room or nick that a command is about, as the client wrote it. No word of a
// command with a password is repeated.
func subject(c *proto.Command, v *proto.Verb) string {
	if v.Secret {
		return ""
	}
	if c.Room == "" && len(c.Words) > 0 {
		return c.Words[0]
	}
	return c.Room
}

// An errorReply is what the client reads of an error. In the text {} is what the command
// was about, a room or a nick.
type errorReply struct {
	err   error
	code  proto.Code
	text  string
	limit func(Config) int // the limit that was met, {limit} in the text; nil: none
}

func (r *errorReply) reply(config Config, about string) *proto.Error {
	e := &proto.Error{Code: r.code, Text: r.text}
	if r.limit != nil {
		e.Limit = uint64(r.limit(config))
		e.Text = strings.ReplaceAll(e.Text, "{limit}", strconv.FormatUint(e.Limit, 10))
	}
	e.Text = strings.ReplaceAll(e.Text, "{}", about)
	return e
}

// errorReplies is all of them. The first row counts whose error it is.
var errorReplies = []errorReply{
	{history.ErrUnknown, proto.Unknown, "the store failed while it wrote this, or other servers of this chat did not answer in time: it may be stored or not; send it again with the same ONCE key in a moment", nil},
	{context.Canceled, proto.Stopping, "the server is ending this connection, and this was not carried out; connect again in a moment and send it again", nil},
	{history.ErrNoRoom, proto.NoSuchRoom, "there is no room {}; CREATE {} makes it, ROOMS lists the rooms", nil},
	{history.ErrExists, proto.RoomExists, "there is a room {}, or one that looks like it; JOIN it or choose another name", nil},
	{hub.ErrNickTaken, proto.NickTaken, "{}, or a name that looks like it, is in use; choose another, or give the key it was taken with", nil},
	{hub.ErrNickRegistered, proto.NickRegistered, "{}, or a name that looks like it, belongs to an account; LOGIN if it is yours, or choose another", nil},
	{account.ErrExists, proto.NickRegistered, "the nick, or a name that looks like it, belongs to an account; LOGIN if it is yours, or choose another with NICK", nil},
	{account.ErrBadLogin, proto.BadLogin, "there is no such account, or the password is wrong", nil},
	{account.ErrNoAccount, proto.NoSuchAccount, "there is no account of that name", nil},
	{account.ErrKeyTaken, proto.KeyTaken, "another account has proved this key; log in to that one, or connect with another key", nil},
	{account.ErrNoKey, proto.NoSuchKey, "the account has no such key; KEYS lists them", nil},
	{account.ErrLastProof, proto.NotAllowed, "without this key nothing would prove the account; set a password with PASSWD first, or add another key", nil},
	{account.ErrTooManyIgnored, proto.TooMany, "you ignore {limit} nicks, and may ignore no more; UNIGNORE one first",
		func(Config) int { return account.MaxIgnored }},
	{hub.ErrNoUser, proto.NoSuchUser, "nobody here is called {}; WHO lists the members of a room", nil},
	{hub.ErrBusyUser, proto.BusyUser, "{} takes no private lines at the moment, of which {limit} may wait; try again later",
		func(Config) int { return conn.MaxPrivate }},
	{hub.ErrTooManyRooms, proto.TooManyRooms, "the server has reached its limit of {limit} rooms; ROOMS lists them",
		func(c Config) int { return c.MaxRooms }},
	{hub.ErrTooManyOfGuests, proto.TooManyRooms, "guests have {limit} rooms, as many as this server lets them make; REGISTER to make one of your own, or JOIN one that is there: ROOMS lists them",
		func(c Config) int { return backplane.MaxGuestRooms(c.MaxRooms) }},
	{hub.ErrTooManyOfAccount, proto.TooManyRooms, "your account has {limit} rooms, as many as one may make; ask an admin to DROP those that nobody needs",
		func(Config) int { return backplane.MaxAccountRooms }},
	{hub.ErrTooManyMembers, proto.TooMany, "room {} has reached its limit of {limit} members; IN {} HISTORY reads it and IN {} POST posts to it, or JOIN when somebody has left",
		func(c Config) int { return c.MaxMembers }},
	{hub.ErrOnceMismatch, proto.OnceMismatch, "this key was used in room {} for another text; take a new random key for each post", nil},
	{backplane.ErrCutOff, proto.StoreFailed, "this server is cut off from the others of this chat, and this was not stored; try again in a moment, or connect to another one", nil},
	{backplane.ErrBehind, proto.StoreFailed, "this server is behind the others of this chat, and this was not stored; try again when it has caught up, or connect to another one", nil},
	{backplane.ErrUnwritable, proto.StoreFailed, "this server cannot write to its disk, and this was not stored; try again when it can, or connect to another one", nil},
	{backplane.ErrStopped, proto.StoreFailed, "this server no longer follows the others of this chat, and this was not stored; connect to another one", nil},
	{history.ErrFull, proto.StoreFailed, "the server's disk is full: this was not stored, and nothing is until its operator frees space; reading still works", nil},
	{history.ErrUnread, proto.StoreFailed, "the store cannot be read now; try again in a moment", nil},
	{history.ErrFailed, proto.StoreFailed, "the store has failed, and this was not stored; try again in a moment", nil},
}

// ErrorLine implements conn.Owner.
func (s *session) ErrorLine(verb string, err error, about string) proto.Line {
	return s.errLine(verb, s.ErrorReply(err, about))
}

// errLine returns the line that refuses a command, which is about to be written.
func (s *session) errLine(verb string, e *proto.Error) proto.Line {
	known := verb
	if proto.LookupVerb(verb) == nil {
		known = "-"
	}
	s.server.config.Meter.CommandRefused(known, e.Code)
	return proto.ErrLine(verb, e)
}

// ErrorReply turns an error into what the client reads. It is the only place that does. A
// *proto.Error goes out as it is; an error that is not in the table is logged, and the
// client reads that it was.
func (s *session) ErrorReply(err error, about string) *proto.Error {
	var refused *proto.Error
	if errors.As(err, &refused) {
		return refused
	}
	if reply := cmp.Or(accountReply(err), limitReply(err)); reply != nil {
		return reply
	}
	for i := range errorReplies {
		if r := &errorReplies[i]; errors.Is(err, r.err) {
			return r.reply(s.server.config, about)
		}
	}
	s.server.config.Log.Error("a command failed", "err", err)
	return &proto.Error{Code: proto.Internal, Text: "a defect in the server; it has been logged"}
}

// limitReply is what the client reads where the store is as large as it may become; nil: err
// does not say so.
func limitReply(err error) *proto.Error {
	var full *history.LimitError
	if !errors.As(err, &full) {
		return nil
	}
	remedy := "its operator can raise --max-store"
	if full.Guest {
		remedy = "accounts may still post a little: LOGIN, or ask its operator to raise --max-store"
	}
	return &proto.Error{Code: proto.StoreFailed, Limit: uint64(full.Limit),
		Text: fmt.Sprintf("the server has stored the %s that it may, and this was not stored; %s; reading still works", humanize.Bytes(uint64(full.Limit)), remedy)}
}

// busyWait is how long to wait where too many passwords are being checked.
const busyWait = time.Second

// accountReply is what the client reads of the errors of package account that say more than
// which one they are; nil: err is none of them.
func accountReply(err error) *proto.Error {
	var wait *account.WaitError
	var password *account.PasswordError
	switch {
	case errors.As(err, &wait):
		seconds := (wait.Wait + time.Second - 1).Truncate(time.Second)
		return &proto.Error{Code: proto.RateLimited, Wait: wait.Wait, Text: fmt.Sprintf("too many wrong passwords or keys; wait %.0f seconds", seconds.Seconds())}
	case errors.As(err, &password):
		return &proto.Error{Code: proto.BadPassword, Text: password.Reason}
	case errors.Is(err, account.ErrBusy):
		return &proto.Error{Code: proto.RateLimited, Wait: busyWait, Text: "too many passwords or keys are being checked; wait a second and try again"}
	}
	return nil
}
