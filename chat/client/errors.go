package client

import (
	"errors"
	"strings"

	"linechat/chatd/proto"
)

// Errors, for errors.Is. Refusals of commands are a [*proto.Error] instead.
var (
	// ErrConfig: a field of Config cannot be used.
	ErrConfig = errors.New("client: bad configuration")
	// ErrConnect: Dial could not connect; it wraps why.
	ErrConnect = errors.New("client: cannot connect")
	// ErrLost: the connection was lost, and it wraps why. From a command: it had
	// been sent, and whether it was carried out is not known. From Err: it could
	// not be made again in time.
	ErrLost = errors.New("client: connection lost")
	// ErrClosed: Close was called, or QUIT was answered.
	ErrClosed = errors.New("client: closed")
	// ErrReplaced: another connection took over the nick with its key.
	ErrReplaced = errors.New("client: replaced by another connection with the same nick and key")
	// ErrEnded: the server has ended the session for good: its owner or an administrator
	// wished so, or the password or key that it logged in with is no longer one.
	ErrEnded = errors.New("client: the session was ended")
	// ErrProtocol: the server said what is not of the protocol.
	ErrProtocol = errors.New("client: the server does not speak " + proto.Greeting)
	// ErrFingerprint: the server's certificate is another one than that of
	// Config.Fingerprint.
	ErrFingerprint = errors.New("client: another certificate")
	// ErrUnread: a command waited for its reply while 64 MB of events waited to
	// be taken from Events. Whether it was carried out is not known.
	ErrUnread = errors.New("client: too many events wait to be taken")
	// ErrTooLarge: a reply was longer than 64 MB; ask for less at a time. The
	// command was carried out.
	ErrTooLarge = errors.New("client: the reply is too large")
)

// ServerErrors say why none of several servers could be used. [ErrConnect] and [ErrLost]
// wrap them, in the order in which the servers were tried.
type ServerErrors []ServerError

// A ServerError says why one of several servers could not be used.
type ServerError struct {
	Server string // as in Config.Server
	Err    error
}

func (e ServerErrors) Error() string {
	var said []string
	for _, one := range e {
		said = append(said, one.Server+": "+one.Err.Error())
	}
	return strings.Join(said, "; ")
}

// Unwrap returns the errors of the servers.
func (e ServerErrors) Unwrap() (errs []error) {
	for _, one := range e {
		errs = append(errs, one.Err)
	}
	return errs
}

// errInvalid: a trigger that the table of transitions does not list in a state. It
// ends the client.
var errInvalid = errors.New("client: bug")

// errorOf returns an ERR as an error.
func errorOf(l *proto.Line) *proto.Error {
	return &proto.Error{Code: l.Code, Text: l.Text, Limit: l.Limit, Wait: milliseconds(l.WaitMS)}
}
