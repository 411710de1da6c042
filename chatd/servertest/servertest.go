// Package servertest runs chatd inside a test, in the way in which
// net/http/httptest runs a web server: it is the server itself, with its rooms in
// memory, and each connection to it is a pipe (see [net.Pipe]). It uses no port,
// file or process, and all its goroutines end with Close, so it also runs in the
// bubbles of testing/synctest, where its timeouts and rates take no time.
//
// For tests of bots package linechat/chat/client/clienttest is more convenient.
package servertest

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"slices"
	"sync"
	"time"

	"linechat/chatd/internal/account"
	"linechat/chatd/internal/backplane"
	"linechat/chatd/internal/history"
	"linechat/chatd/internal/hub"
	"linechat/chatd/internal/server"
)

// The limits are those that chatd has without flags, as protocol.md names them.
const (
	maxLine        = 8192
	maxConnections = 10_000
	maxRooms       = 10_000
	maxMembers     = 10_000
	presence       = 50
	presenceEvery  = 5 * time.Second
	logBytes       = 64 << 20
	historyBytes   = 64 << 20
	stopTimeout    = time.Second // for peers that do not read; then they are cut off
)

// Config is what New may be told. The zero value is ready to use.
type Config struct {
	// Rate is how many lines a second the server reads of one session, as
	// chatd's flag --rate has it, whose default is 200; 0: as many as come, and
	// CREATE, NICK and TELL are not limited, either.
	Rate int
	// NoGuests has guests do no more than log in and register, as --guests off.
	NoGuests bool
	// NoRegister refuses REGISTER, as --register closed.
	NoRegister bool
	// Log is the server's; nil: nothing is logged.
	Log *slog.Logger
}

// A Server is a chatd in memory. Its methods may be called from any goroutine.
type Server struct {
	hub     *hub.Hub
	server  *server.Server
	conns   pipes
	serving sync.WaitGroup

	mu     sync.Mutex
	dialed []net.Conn // the server's ends, those that were cut taken out
}

// New starts a server without rooms. Whoever has it must Close it.
func New(config Config) *Server {
	if config.Log == nil {
		config.Log = slog.New(slog.DiscardHandler)
	}
	rooms, accounts := history.NewMemory(historyBytes), &account.Memory{}
	changes := backplane.NewLocal(rooms, accounts)
	h, err := hub.New(context.Background(), rooms, changes, hub.Config{
		Log: config.Log, MaxRooms: maxRooms, MaxMembers: maxMembers, Presence: presence, PresenceEvery: presenceEvery, LogBytes: logBytes,
	})
	if err != nil {
		panic(fmt.Sprintf("servertest: a store in memory does not fail: %v", err))
	}
	s := &Server{hub: h, conns: pipes{accepted: make(chan net.Conn), closed: make(chan struct{})}}
	s.server, err = server.New(context.Background(), h, server.Config{
		Log: config.Log, MaxLine: maxLine, MaxConnections: maxConnections, MaxRooms: maxRooms, MaxMembers: maxMembers, Rate: config.Rate,
		Accounts: account.New(backplane.Accounts(accounts, changes)), Guests: !config.NoGuests, Register: !config.NoRegister,
	})
	if err != nil {
		panic(fmt.Sprintf("servertest: accounts in memory do not fail: %v", err))
	}
	s.serving.Go(func() { _ = s.server.Serve(&s.conns) }) // until Close
	return s
}

// Dial connects to the server: what is read first is HELLO (protocol.md). After
// Close it returns [net.ErrClosed], and once ctx has ended the cause of that.
func (s *Server) Dial(ctx context.Context) (net.Conn, error) {
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	ours, theirs := net.Pipe()
	select {
	case s.conns.accepted <- ours:
	case <-s.conns.closed:
		return nil, net.ErrClosed
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.dialed = append(s.dialed, ours)
	return theirs, nil
}

// Cut ends all connections, as when the network fails: the sessions end without
// BYE. Rooms and their posts stay, and Dial connects as before.
func (s *Server) Cut() {
	s.mu.Lock()
	cut := slices.Clone(s.dialed)
	s.dialed = nil
	s.mu.Unlock()
	for _, c := range cut {
		_ = c.Close()
	}
}

// Close says BYE to all connections, ends them, and returns when the server's
// goroutines have ended. What it has kept is gone. It may be called again.
func (s *Server) Close() {
	ctx, cancel := context.WithTimeout(context.Background(), stopTimeout)
	defer cancel()
	_ = s.server.Shutdown(ctx) // with ctx's error, after which they have ended, too
	s.serving.Wait()
	s.hub.Close()
}
