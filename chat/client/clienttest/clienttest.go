// Package clienttest is for tests of bots and other programs on package client.
// Its Server is chatd itself, with its rooms in memory. There is no port, no file and
// no process, so that each test can have a server of its own.
//
//	func TestBot(t *testing.T) {
//		synctest.Test(t, func(t *testing.T) {
//			s := clienttest.New()
//			defer s.Close()
//			alice, err := client.Dial(t.Context(), s.Config("alice"))
//			…
//		})
//	}
//
// Inside a bubble of testing/synctest, as there, the pauses of a client that
// connects again take no time. Outside of one they last up to a second.
//
// The server limits no rates. A test that wants rate limits takes a
// [linechat/chatd/servertest.Server] with a Rate, whose Dial fits
// [client.Config.Dial].
package clienttest

import (
	"context"
	"net"
	"sync/atomic"

	"linechat/chat/client"
	"linechat/chatd/proto"
	"linechat/chatd/servertest"
)

// A Server is a chatd in memory for the clients of one test. Its methods may be
// called from any goroutine.
type Server struct {
	server atomic.Pointer[servertest.Server]
}

// New starts a server without rooms. Whoever has it must Close it, best after the
// clients.
func New() *Server {
	s := &Server{}
	s.server.Store(servertest.New(servertest.Config{}))
	return s
}

// Config returns what [client.Dial] connects to the server with, as nick, or, if
// that is empty, as a guest.
func (s *Server) Config(nick string) client.Config {
	dial := func(ctx context.Context) (net.Conn, error) { return s.server.Load().Dial(ctx) }
	return client.Config{Nick: nick, Dial: dial}
}

// Register makes an account, which a [client.Config] with that Account and Password logs
// in to. A refusal, such as [client.BadPassword], is a [*proto.Error].
func (s *Server) Register(ctx context.Context, account, password string) error {
	c, err := client.Dial(ctx, s.Config(account))
	if err != nil {
		return err
	}
	defer c.Close()
	_, err = c.Do(ctx, proto.Command{Verb: "REGISTER", Text: password})
	return err
}

// Cut ends all connections, as when the network fails. Clients lose theirs and
// connect again; what was posted stays.
func (s *Server) Cut() { s.server.Load().Cut() }

// Restart exchanges the server for one without rooms or accounts. Clients connect to it
// again, unless they were logged in, and get a [client.RoomLost] or [client.RoomReset] for each room that they were in.
func (s *Server) Restart() { s.server.Swap(servertest.New(servertest.Config{})).Close() }

// Close ends the server. Clients that were not closed lose their connection, and
// try in vain to make another.
func (s *Server) Close() { s.server.Load().Close() }
