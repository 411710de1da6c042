package clienttest_test

import (
	"errors"
	"strings"
	"testing"
	"testing/synctest"

	"linechat/chat/client"
	"linechat/chat/client/clienttest"
)

func dial(t *testing.T, config client.Config) *client.Client {
	t.Helper()
	c, err := client.Dial(t.Context(), config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	return c
}

// next takes the next event of one type.
func next[E client.Event](t *testing.T, c *client.Client) (e E) {
	t.Helper()
	for event := range c.Events() {
		if e, ok := event.(E); ok {
			return e
		}
	}
	t.Fatalf("the client has ended: %v", c.Err())
	return e
}

// play runs a test with a server and a member of the room go, in fake time.
func play(t *testing.T, f func(*testing.T, *clienttest.Server, *client.Client)) {
	synctest.Test(t, func(t *testing.T) {
		s := clienttest.New()
		t.Cleanup(s.Close) // after the clients
		alice := dial(t, s.Config("alice"))
		if _, err := alice.Join(t.Context(), "go", client.CreateRoom); err != nil {
			t.Fatal(err)
		}
		f(t, s, alice)
	})
}

// TestCut: a member that was cut off misses nothing.
func TestCut(t *testing.T) {
	play(t, func(t *testing.T, s *clienttest.Server, alice *client.Client) {
		s.Cut()
		bob := dial(t, s.Config("bob"))
		if _, err := bob.Post(t.Context(), "go", "are you there?"); err != nil {
			t.Fatal(err)
		}
		if m := next[client.Message](t, alice); m.Text != "are you there?" || m.Nick != "bob" {
			t.Errorf("alice gets %+v", m)
		}
		bob.Close()
		s.Cut()
		if seq, err := alice.Post(t.Context(), "go", "yes"); seq != 2 || err != nil {
			t.Errorf("alice's post has number %d, %v", seq, err)
		}
	})
}

// TestNicks: nicks are as with a daemon: one of each, and guests.
func TestNicks(t *testing.T) {
	play(t, func(t *testing.T, s *clienttest.Server, _ *client.Client) {
		if _, err := client.Dial(t.Context(), s.Config("Alice")); !errors.Is(err, client.NickTaken) {
			t.Errorf("a second alice: %v", err)
		}
		if guest := dial(t, s.Config("")); !strings.HasPrefix(guest.Session().Nick, "guest-") {
			t.Errorf("the guest is %s", guest.Session().Nick)
		}
	})
}

// TestClose: clients that are left notice, and can be closed.
func TestClose(t *testing.T) {
	play(t, func(t *testing.T, s *clienttest.Server, alice *client.Client) {
		s.Close()
		if bye := next[client.Bye](t, alice); bye.Code != "shutdown" {
			t.Errorf("it is said %+v", bye)
		}
		for {
			if change := next[client.StateChange](t, alice); change.To.State == client.Lost {
				break
			}
		}
	})
}

// TestRestart: of what the old server had nothing is left, but that a client that has
// created its room creates it again.
func TestRestart(t *testing.T) {
	play(t, func(t *testing.T, s *clienttest.Server, alice *client.Client) {
		bob := dial(t, s.Config("bob"))
		if err := bob.Create(t.Context(), "ops", ""); err != nil {
			t.Fatal(err)
		}
		if _, err := bob.Join(t.Context(), "ops"); err != nil {
			t.Fatal(err)
		}
		if _, err := alice.Post(t.Context(), "go", "old"); err != nil {
			t.Fatal(err)
		}
		s.Restart()
		if lost := next[client.RoomLost](t, bob); lost.Room != "ops" || !errors.Is(lost.Err, client.NoSuchRoom) {
			t.Errorf("bob gets %+v", lost)
		}
		if reset := next[client.RoomReset](t, alice); reset != (client.RoomReset{Room: "go", Seen: 1}) {
			t.Errorf("alice gets %+v", reset)
		}
		if seq, err := bob.Post(t.Context(), "go", "new"); seq != 1 || err != nil {
			t.Errorf("the first post has number %d, %v", seq, err)
		}
		if m := next[client.Message](t, alice); m.Text != "new" {
			t.Errorf("alice gets %+v", m)
		}
	})
}
