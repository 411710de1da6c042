package client_test

import (
	"errors"
	"fmt"
	"testing"

	"linechat/chat/client"
	"linechat/chatd/proto"
)

// TestCodes: a refusal of each code of the protocol is what the package calls
// it, and nothing else.
func TestCodes(t *testing.T) {
	codes := []client.Code{
		client.UnknownCommand, client.BadArguments, client.BadName, client.BadPosition, client.BadUTF8, client.TooLong,
		client.Unfinished, client.NoSuchRoom, client.NoSuchUser, client.RoomExists, client.NickTaken, client.NickRegistered, client.NotInRoom,
		client.NotAllowed, client.LoginRequired, client.NotSecure, client.BadLogin, client.BadPassword, client.BadKey, client.KeyTaken,
		client.NoSuchKey, client.NoSuchAccount, client.NoSuchSession, client.OnceMismatch, client.RateLimited, client.BusyUser, client.TooManyRooms, client.TooMany, client.StoreFailed,
		client.Unknown, client.Stopping, client.Internal,
	}
	if got, want := fmt.Sprint(codes), fmt.Sprint(proto.Codes); got != want {
		t.Errorf("the package names %s, the protocol %s", got, want)
	}
	for _, code := range codes {
		err := fmt.Errorf("wrapped: %w", &proto.Error{Code: code, Text: "no"})
		for _, other := range codes {
			if errors.Is(err, other) != (other == code) {
				t.Errorf("errors.Is(%v, %v) is %v", err, other, errors.Is(err, other))
			}
		}
	}
}
