package server

import (
	"context"
	"errors"
	"fmt"

	"linechat/chatd/internal/conn"
	"linechat/chatd/internal/history"
	"linechat/chatd/internal/hub"
	"linechat/chatd/proto"
)

// subject is the room or nick that a command is about, as the client wrote it.
func subject(c *proto.Command) string {
	if c.Room == "" && len(c.Words) > 0 {
		return c.Words[0]
	}
	return c.Room
}

// errorReply turns an error into what the client reads. It is the only place that does. A
// *proto.Error goes out as it is; an error that nothing here knows is logged, and the
// client reads that it was. about is the room or nick.
func (s *session) errorReply(err error, about string) *proto.Error {
	var refused *proto.Error
	switch {
	case errors.As(err, &refused):
		return refused
	case errors.Is(err, context.Canceled) && !errors.Is(err, history.ErrUnknown):
		return &proto.Error{Code: proto.Stopping, Text: "the server is ending this connection, and this was not carried out; connect again in a moment and send it again"}
	case errors.Is(err, history.ErrNoRoom):
		return &proto.Error{Code: proto.NoSuchRoom, Text: "there is no room " + about + "; CREATE " + about + " makes it, ROOMS lists the rooms"}
	case errors.Is(err, history.ErrExists):
		return &proto.Error{Code: proto.RoomExists, Text: "there is a room " + about + ", or one that looks like it; JOIN it or choose another name"}
	case errors.Is(err, hub.ErrNickTaken):
		return &proto.Error{Code: proto.NickTaken, Text: about + ", or a name that looks like it, is in use; choose another, or give the key it was taken with"}
	case errors.Is(err, hub.ErrNoUser):
		return &proto.Error{Code: proto.NoSuchUser, Text: "nobody here is called " + about + "; WHO lists the members of a room"}
	case errors.Is(err, hub.ErrBusyUser):
		return &proto.Error{Code: proto.BusyUser, Limit: conn.MaxPrivate, Text: fmt.Sprintf("%d private lines are waiting for %s already; try again later", conn.MaxPrivate, about)}
	case errors.Is(err, hub.ErrTooManyRooms):
		return &proto.Error{Code: proto.TooManyRooms, Limit: s.server.config.MaxRooms,
			Text: fmt.Sprintf("the server has reached its limit of %d rooms; ROOMS lists them", s.server.config.MaxRooms)}
	case errors.Is(err, hub.ErrOnceMismatch):
		return &proto.Error{Code: proto.OnceMismatch, Text: "this key was used in room " + about + " for another text; take a new random key for each post"}
	case errors.Is(err, history.ErrFull):
		return &proto.Error{Code: proto.StoreFailed, Text: "the server's disk is full: this was not stored, and nothing is until its operator frees space; reading still works"}
	case errors.Is(err, history.ErrUnread):
		return &proto.Error{Code: proto.StoreFailed, Text: "the store cannot be read now; try again in a moment"}
	case errors.Is(err, history.ErrUnknown):
		return &proto.Error{Code: proto.Unknown, Text: "the store failed while it wrote this: it may be stored or not; send it again with the same ONCE key in a moment"}
	case errors.Is(err, history.ErrFailed):
		return &proto.Error{Code: proto.StoreFailed, Text: "the store has failed, and this was not stored; try again in a moment"}
	}
	s.server.config.Log.Error("a command failed", "err", err)
	return &proto.Error{Code: proto.Internal, Text: "a defect in the server; it has been logged"}
}
