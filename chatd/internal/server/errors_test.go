package server

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/dustin/go-humanize"

	"linechat/chatd/internal/history"
	"linechat/chatd/internal/hub"
	"linechat/chatd/proto"
)

// Of an error that is several the row counts that says most: what may be stored is never
// said not to be, and a full disk is named.
func TestErrorReplies(t *testing.T) {
	var log strings.Builder
	srv := newTestServer(t)
	srv.config.Log = slog.New(slog.NewTextHandler(&log, nil))
	s := &session{server: srv}
	for _, tt := range []struct {
		err  error
		code proto.Code
		text string
	}{
		{history.ErrNoRoom, proto.NoSuchRoom, "there is no room go; CREATE go makes it"},
		{errors.Join(context.Canceled, history.ErrUnknown), proto.Unknown, "with the same ONCE key"},
		{fmt.Errorf("%w: %w", history.ErrUnread, context.Canceled), proto.Stopping, "was not carried out"},
		{history.ErrFull, proto.StoreFailed, "disk is full"},
		{history.ErrUnread, proto.StoreFailed, "cannot be read"},
		{&history.LimitError{Limit: 10e9, Guest: true}, proto.StoreFailed, "stored the 10 GB that it may, and this was not stored; accounts may still post a little: LOGIN"},
		{fmt.Errorf("posting: %w", &history.LimitError{Limit: 11e9}), proto.StoreFailed, "stored the 11 GB that it may, and this was not stored; its operator can raise"},
		{history.ErrFailed, proto.StoreFailed, "was not stored"},
		{hub.ErrBusyUser, proto.BusyUser, "go takes no private lines at the moment, of which 256 may wait"},
		{hub.ErrTooManyRooms, proto.TooManyRooms, "limit of 100 rooms"},
		{hub.ErrTooManyOfGuests, proto.TooManyRooms, "guests have 50 rooms"},
		{hub.ErrTooManyOfAccount, proto.TooManyRooms, "your account has 50 rooms"},
		{hub.ErrTooManyMembers, proto.TooMany, "room go has reached its limit of 50 members; IN go HISTORY reads it"},
		{&proto.Error{Code: proto.BadName, Text: "as it is"}, proto.BadName, "as it is"},
		{errors.New("secret"), proto.Internal, "a defect in the server; it has been logged"},
	} {
		e := s.ErrorReply(fmt.Errorf("wrapped: %w", tt.err), "go")
		if e.Code != tt.code || !strings.Contains(e.Text, tt.text) {
			t.Errorf("%v is answered %s %s", tt.err, e.Code, e.Text)
		}
		if named := strings.Contains(e.Text, fmt.Sprint(e.Limit)) || strings.Contains(e.Text, humanize.Bytes(e.Limit)); e.Limit > 0 && !named {
			t.Errorf("%q does not name the limit %d", e.Text, e.Limit)
		}
	}
	if n := strings.Count(log.String(), "secret"); n != 1 || strings.Count(log.String(), "\n") != 1 {
		t.Errorf("the log has %q", log.String())
	}
}
