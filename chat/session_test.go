package main

import (
	"context"
	"os"
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
