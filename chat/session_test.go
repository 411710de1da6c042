package main

import (
	"context"
	"os"
	"path/filepath"
	"regexp"
	"testing"
	"testing/synctest"
	"time"

	"linechat/chat/client"
	"linechat/chatd/servertest"
)

// TestGrace: after a signal answers are waited for, as long as there is a
// connection over which they could come.
func TestGrace(t *testing.T) {
	null, err := os.OpenFile(os.DevNull, os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer null.Close()
	for _, c := range []struct {
		name  string
		act   func(*servertest.Server)
		takes time.Duration
	}{
		{"connected", func(*servertest.Server) {}, answerGrace},
		{"lost", func(server *servertest.Server) { server.Close() }, 0},
		{"connected again", func(server *servertest.Server) {
			server.Cut()
			<-time.After(time.Minute)
		}, answerGrace},
		{"lost after it", func(server *servertest.Server) { time.AfterFunc(time.Second, server.Cut) }, time.Second},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				server := servertest.New(servertest.Config{})
				defer server.Close()
				bot, err := client.Dial(t.Context(), client.Config{Dial: server.Dial})
				if err != nil {
					t.Fatal(err)
				}
				s := newSession(bot, &program{options: &options{}, diag: &diagnostics{w: null}})
				defer s.close()
				s.watchEvents(func(error) {})
				signalled, signal := context.WithCancel(t.Context())
				answers, stop := s.withGrace(signalled, answerGrace)
				defer stop()
				c.act(server)
				synctest.Wait()
				began := time.Now()
				signal()
				<-answers.Done()
				if took := time.Since(began); took != c.takes {
					t.Errorf("answers were waited for for %v, not for %v", took, c.takes)
				}
			})
		})
	}
}

// TestReconnecting: each loss of the connection is reported once, and so is its end,
// also where other events follow.
func TestReconnecting(t *testing.T) {
	stderr, err := os.Create(filepath.Join(t.TempDir(), "stderr"))
	if err != nil {
		t.Fatal(err)
	}
	defer stderr.Close()
	synctest.Test(t, func(t *testing.T) {
		server := servertest.New(servertest.Config{})
		defer server.Close()
		bot, err := client.Dial(t.Context(), client.Config{Dial: server.Dial})
		if err != nil {
			t.Fatal(err)
		}
		s := newSession(bot, &program{options: &options{reconnect: time.Minute}, diag: &diagnostics{w: stderr}})
		defer s.close()
		s.watchEvents(func(error) {})
		for range 2 {
			server.Cut()
			<-time.After(time.Minute)
			if _, err := bot.Join(t.Context(), "go", client.CreateRoom); err != nil {
				t.Fatal(err)
			}
		}
	})
	said, err := os.ReadFile(stderr.Name())
	if err != nil {
		t.Fatal(err)
	}
	const once = `chat: lost the connection: the server closed it; reconnecting for up to 1m0s
chat: guest-\w+ is now known as guest-\w+
chat: connected again
`
	if want := `^(` + once + `){2}$`; !regexp.MustCompile(want).Match(said) {
		t.Errorf("stderr has %q, want %s", said, want)
	}
}
