package ui

import (
	"context"
	"net"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"linechat/chat/client"
	"linechat/chat/client/clienttest"
	"linechat/chat/internal/prompt"
)

// A live is a ui with the client and the server themselves, in memory and in fake
// time. The test is at its terminal.
type live struct {
	*testing.T
	*fakeTerminal
	server *clienttest.Server
	bob    *client.Client // in room go
	conn   net.Conn       // of alice
	silent atomic.Bool    // nothing more comes on it
	done   chan error     // has why ui has ended
}

// playLive has alice chat, and bob be in room go.
func playLive(t *testing.T, room string, act func(*live)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		s := &live{T: t, fakeTerminal: newFakeTerminal(t), server: clienttest.New(), done: make(chan error, 1)}
		defer s.server.Close()
		s.bob = s.dial(s.server.Config("bob"))
		defer s.bob.Close()
		if _, err := s.bob.Join(t.Context(), "go", client.CreateRoom); err != nil {
			t.Fatal(err)
		}
		config := s.server.Config("alice")
		dial := config.Dial
		config.Dial = func(ctx context.Context) (net.Conn, error) {
			c, err := dial(ctx)
			s.conn = &silentConn{c, &s.silent}
			return s.conn, err
		}
		u := newUI(t.Context(), s.dial(config), Config{Room: room, Zone: time.UTC, Reason: func(error) string { return "cut" }})
		u.terminal, u.lines = s.fakeTerminal, s.fakeTerminal.lines
		go func() {
			err := u.run()
			if closed := u.close(); err == nil {
				err = closed
			}
			s.done <- err
		}()
		synctest.Wait()
		act(s)
		close(s.fakeTerminal.lines)
		if err := <-s.done; err != nil {
			t.Errorf("ui has ended with %v", err)
		}
	})
}

func (s *live) dial(config client.Config) *client.Client {
	s.Helper()
	c, err := client.Dial(s.Context(), config)
	if err != nil {
		s.Fatal(err)
	}
	return c
}

// enter types a line.
func (s *live) enter(line string) {
	s.fakeTerminal.lines <- prompt.Line{Text: line}
	synctest.Wait()
}

// enterAtOnce types lines so fast that nothing is shown between them.
func (s *live) enterAtOnce(lines ...string) {
	s.atOnce(func() {
		for _, line := range lines {
			s.fakeTerminal.lines <- prompt.Line{Text: line}
		}
	})
}

// posts are those of a room, by number.
func (s *live) posts(room string) (texts []string) {
	s.Helper()
	for e, err := range s.bob.History(s.Context(), room, client.Range{}) {
		if err != nil {
			s.Fatal(err)
		}
		if m, ok := e.(client.Message); ok {
			texts = append(texts, m.Nick+": "+m.Text)
		}
	}
	return texts
}

// A silentConn loses what comes once it is silent.
type silentConn struct {
	net.Conn
	silent *atomic.Bool
}

func (c *silentConn) Read(b []byte) (int, error) {
	for {
		n, err := c.Conn.Read(b)
		if err != nil || !c.silent.Load() {
			return n, err
		}
	}
}
