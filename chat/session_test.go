package main

import (
	"context"
	"os"
	"testing"
	"testing/synctest"
	"time"

	"linechat/chat/client"
)

// TestLingering: after a signal answers are waited for, as long as there is a
// connection over which they could come.
func TestLingering(t *testing.T) {
	null, err := os.OpenFile(os.DevNull, os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer null.Close()
	for _, c := range []struct {
		name  string
		act   func(tell func(client.State))
		takes time.Duration
	}{
		{"connected", func(func(client.State)) {}, answerGrace},
		{"lost", func(tell func(client.State)) { tell(client.Lost) }, 0},
		{"connected again", func(tell func(client.State)) { tell(client.Lost); tell(client.InRoom) }, answerGrace},
		{"lost after it", func(tell func(client.State)) {
			time.AfterFunc(time.Second, func() { tell(client.Lost) })
		}, time.Second},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := newSession(nil, &program{options: &options{}, diag: &diagnostics{w: null}})
				signalled, signal := context.WithCancel(t.Context())
				answers, stop := s.withGrace(signalled, answerGrace)
				defer stop()
				c.act(func(to client.State) { s.report(client.StateChange{To: client.Session{State: to}, Err: os.ErrClosed}) })
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
