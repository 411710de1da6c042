package clienttest_test

import (
	"errors"
	"strings"
	"testing"

	"linechat/chat/client"
	"linechat/chat/client/clienttest"
	"linechat/chatd/proto"
)

// TestAccount: clients of one account share its nick, log in again when the connection is
// cut, and end when their password no longer counts; who gives the account up is a guest.
func TestAccount(t *testing.T) {
	play(t, func(t *testing.T, s *clienttest.Server, alice *client.Client) {
		if err := s.Register(t.Context(), "bob", "short"); !errors.Is(err, client.BadPassword) {
			t.Errorf("a short password: %v", err)
		}
		if err := s.Register(t.Context(), "bob", "correct horse"); err != nil {
			t.Fatal(err)
		}
		config := s.Config("")
		config.Account, config.Password = "bob", "correct horse"
		phone, desk := dial(t, config), dial(t, config)
		s.Cut()
		if _, err := desk.Post(t.Context(), "go", "hello"); err != nil {
			t.Fatal(err)
		}
		if m := next[client.Message](t, alice); m.Nick != "bob" || m.Account != "bob" {
			t.Errorf("the post is %+v", m)
		}

		do := func(command proto.Command) {
			t.Helper()
			if _, err := phone.Do(t.Context(), command); err != nil {
				t.Fatal(err)
			}
		}
		do(proto.Command{Verb: "PASSWD", Text: "another horse"})
		for range desk.Events() { // up to its end
		}
		if err := desk.Err(); !errors.Is(err, client.ErrEnded) {
			t.Errorf("the other client has ended with %v", err)
		}
		if _, err := client.Dial(t.Context(), config); !errors.Is(err, client.BadLogin) {
			t.Errorf("with the old password: %v", err)
		}
		s.Cut()
		if _, err := phone.Post(t.Context(), "go", "with the new password"); err != nil {
			t.Error(err)
		}
		do(proto.Command{Verb: "UNREGISTER"})
		if now := phone.Session(); now.Account != "" || !strings.HasPrefix(now.Nick, "guest-") {
			t.Errorf("without the account the session is %+v", now)
		}
	})
}
