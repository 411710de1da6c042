package server

import (
	"bufio"
	"context"
	"log/slog"
	"net"
	"strings"
	"testing"

	"linechat/chatd/internal/account"
	"linechat/chatd/internal/backplane"
	"linechat/chatd/internal/history"
	"linechat/chatd/internal/hub"
)

// newTestServer returns a server on a memory store, or on the store given.
func newTestServer(t testing.TB, stores ...history.Store) *Server {
	t.Helper()
	stores = append(stores, history.NewMemory(1<<20))
	h, err := hub.New(context.Background(), stores[0], backplane.NewLocal(stores[0], nil), hub.Config{MaxRooms: 100, MaxMembers: 50, Presence: 50, LogBytes: 1 << 20})
	if err != nil {
		t.Fatal(err)
	}
	srv, err := New(context.Background(), h, Config{
		Log: slog.New(slog.DiscardHandler), MaxLine: 1024, MaxConnections: 100, MaxRooms: 100, MaxMembers: 50,
		Accounts: account.New(&account.Memory{}), Guests: true, Register: true,
	})
	if err != nil {
		t.Fatal(err)
	}
	return srv
}

// A peer is the far end of a session, over a pipe in memory.
type peer struct {
	t testing.TB
	net.Conn
	in *bufio.Reader
}

// connect starts a session on srv and reads its HELLO.
func connect(t testing.TB, srv *Server) *peer {
	t.Helper()
	near, far := net.Pipe()
	srv.admit(near)
	p := &peer{t, far, bufio.NewReader(far)}
	p.want("HELLO ")
	return p
}

func (p *peer) send(line string) {
	p.t.Helper()
	if _, err := p.Write([]byte(line + "\n")); err != nil {
		p.t.Fatal(err)
	}
}

// want reads one line, which must begin so, and returns it.
func (p *peer) want(prefix string) string {
	p.t.Helper()
	line, err := p.in.ReadString('\n')
	if err != nil || !strings.HasPrefix(line, prefix) {
		p.t.Fatalf("got %q, %v; want %q", line, err, prefix)
	}
	return strings.TrimRight(line, "\r\n")
}

// do sends a line and wants one in answer.
func (p *peer) do(line, want string) string {
	p.t.Helper()
	p.send(line)
	return p.want(want)
}
