package client_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	"linechat/chat/client"
	"linechat/chat/client/clienttest"
	"linechat/chatd/proto"
)

// inMemory runs a test in fake time, with a server in memory and alice, who is in
// the room go.
func inMemory(t *testing.T, f func(*testing.T, *clienttest.Server, *client.Client)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		s := clienttest.New()
		t.Cleanup(s.Close)
		alice := dial(t, s.Config("alice"))
		must[client.Joined](t)(alice.Join(t.Context(), "go", client.CreateRoom))
		f(t, s, alice)
	})
}

var errEnough = errors.New("enough")

// TestHandle: each handler gets the events of its type, in order, one handler
// after the other, and may call commands; the error of one ends it.
func TestHandle(t *testing.T) {
	inMemory(t, func(t *testing.T, s *clienttest.Server, alice *client.Client) {
		bob := dial(t, s.Config("bob"))
		must[client.Joined](t)(bob.Join(t.Context(), "go"))
		for _, text := range []string{"one", "two", "three"} {
			must[uint64](t)(bob.Post(t.Context(), "go", text))
		}
		var got []string
		note := func(what string) { got = append(got, what) }
		err := alice.Handle(t.Context(),
			client.On(func(m client.Message) error {
				note(m.Text)
				_, err := alice.Do(t.Context(), proto.Command{Verb: "PING"})
				return err
			}),
			client.On(func(j client.MemberJoined) error { note("joined " + j.Nick); return nil }),
			client.On(func(client.Tell) error { note("told"); return nil }),
			client.On(func(e client.Event) error {
				if m, ok := e.(client.Message); ok && m.Seq == 2 {
					note("2")
					return errEnough
				}
				return nil
			}))
		if want := []string{"joined bob", "one", "two", "2"}; err != errEnough || !slices.Equal(got, want) {
			t.Errorf("handled %q, %v; want %q", got, err, want)
		}
		if e := <-alice.Events(); e.(client.Message).Text != "three" {
			t.Errorf("left is %+v", e)
		}
	})
}

// TestHandleEnds: with the context's cause, of which a handler is not told, and with
// the client's error.
func TestHandleEnds(t *testing.T) {
	inMemory(t, func(t *testing.T, s *clienttest.Server, alice *client.Client) {
		ctx, cancel := context.WithCancelCause(t.Context())
		never := client.On(func(client.Message) error { t.Error("a message was handled"); return nil })
		stop := client.On(func(client.StateChange) error { cancel(errEnough); return nil })
		must[uint64](t)(alice.Post(ctx, "go", "one"))
		if err := alice.Handle(ctx, stop, never); err != errEnough {
			t.Errorf("Handle: %v", err)
		}
		ended := make(chan error)
		go func() { ended <- alice.Handle(t.Context()) }()
		_ = alice.Close()
		if err := <-ended; err != client.ErrClosed {
			t.Errorf("Handle of a client that is closed: %v", err)
		}
		bob := dial(t, s.Config("bob"))
		closes := client.On(func(client.StateChange) error { return bob.Close() })
		if err := bob.Handle(t.Context(), closes); err != client.ErrClosed {
			t.Errorf("Handle of a client that its handler closes: %v", err)
		}
	})
}

// TestOwn: a client knows its own messages, and those that mention it, by the nick
// that it has.
func TestOwn(t *testing.T) {
	inMemory(t, func(t *testing.T, s *clienttest.Server, alice *client.Client) {
		bob := dial(t, s.Config("bob"))
		must[uint64](t)(bob.Post(t.Context(), "go", "hi ALICE"))
		must[uint64](t)(bob.Post(t.Context(), "go", "hi everybody"))
		must[uint64](t)(alice.Post(t.Context(), "go", "alice is here"))
		var got []string
		err := alice.Handle(t.Context(), client.On(func(m client.Message) error {
			if got = append(got, fmt.Sprint(alice.Own(m), alice.Mentions(m))); len(got) == 3 {
				return errEnough
			}
			return nil
		}))
		if want := []string{"false true", "false false", "true false"}; err != errEnough || !slices.Equal(got, want) {
			t.Errorf("%q, %v; want %q", got, err, want)
		}
	})
}

// TestLogKeepsSecrets: whatever is sent and received, and refused, lost and sent
// again, the log has no text of it and no key.
func TestLogKeepsSecrets(t *testing.T) {
	var log bytes.Buffer
	inMemory(t, func(t *testing.T, s *clienttest.Server, alice *client.Client) {
		config := s.Config("bob")
		config.Key = "secret"
		config.Log = slog.New(slog.NewJSONHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))
		bob := dial(t, config)
		must[client.Joined](t)(bob.Join(t.Context(), "go"))
		must[uint64](t)(alice.Post(t.Context(), "go", "secret"))
		_ = alice.Tell(t.Context(), "bob", "secret")
		for _, v := range proto.Verbs {
			if v.Name == "QUIT" {
				continue
			}
			_, _ = bob.Do(t.Context(), proto.Command{Verb: v.Name, Words: []string{"public", "secret"}})
			_, _ = bob.Do(t.Context(), proto.Command{Verb: v.Name, Words: []string{"public"}, Text: "secret"})
			_, _ = bob.Do(t.Context(), proto.Command{Verb: v.Name, Text: "public secret"})
		}
		posted := must[*client.Request](t)(bob.PostAsync(t.Context(), "go", "secret"))
		s.Cut()
		must[client.Reply](t)(posted.Wait(t.Context()))
		must[[]client.Member](t)(bob.Who(t.Context(), "go")) // it is connected again
	})
	if got := log.String(); strings.Contains(got, "secret") || strings.Count(got, `"code":"OK"`) < 20 || strings.Count(got, `"connected"`) != 2 {
		t.Errorf("logged\n%s", got)
	}
}
