package server

import (
	"bufio"
	"context"
	"log/slog"
	"net"
	"strings"
	"testing"

	"linechat/chatd/internal/history"
	"linechat/chatd/internal/hub"
	"linechat/chatd/proto"
)

// newTestServer returns a server on a memory store, or on the store given.
func newTestServer(t testing.TB, stores ...history.Store) *Server {
	t.Helper()
	stores = append(stores, history.NewMemory(1<<20))
	h, err := hub.New(context.Background(), stores[0], hub.Config{MaxRooms: 100, Presence: 50, LogBytes: 1 << 20})
	if err != nil {
		t.Fatal(err)
	}
	return New(h, Config{Log: slog.New(slog.DiscardHandler), MaxLine: 1024, MaxConnections: 100, MaxRooms: 100})
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

// What a room publishes between a session's joining it and the writing of the
// OK must not wait for the next thing that is published.
func TestLinesPublishedBeforeOKJoinIsWritten(t *testing.T) {
	srv := newTestServer(t)
	ctx := context.Background()
	name, err := proto.ParseRoom("go")
	if err != nil {
		t.Fatal(err)
	}
	if err := srv.hub.Create(ctx, nil, name, "", ""); err != nil {
		t.Fatal(err)
	}
	near, far := net.Pipe()
	s := newSession(srv, near)
	join := func(wake func()) *hub.Member {
		room, err := srv.hub.Open(ctx, nil, name.Fold)
		if err != nil {
			t.Fatal(err)
		}
		m := hub.NewMember(room, s.id+1, "bob", wake)
		m.Join(nil)
		return m
	}
	m := join(s.flusher)
	join(func() {})  // publishes JOINED go bob
	s.writers.Wait() // the writer has looked, and found that it reads no room

	lines := bufio.NewScanner(far)
	s.say(&proto.Line{Type: proto.OK, Verb: "JOIN", Room: "go", Members: 1})
	s.push(item{after: func() { s.out.members = append(s.out.members, m) }})
	go s.flush()
	for _, want := range []string{"OK JOIN go 1 0", "JOINED go bob"} {
		if !lines.Scan() || lines.Text() != want {
			t.Fatalf("got %q, want %q", lines.Text(), want)
		}
	}
}
