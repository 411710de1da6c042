package server

import (
	"context"
	"io"
	"net"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"linechat/chatd/internal/conn"
	"linechat/chatd/internal/history"
	"linechat/chatd/internal/netpoll"
	"linechat/chatd/proto"
)

// A gatedStore does nothing while its gate is closed.
type gatedStore struct {
	*history.Memory
	gate sync.RWMutex
}

func (g *gatedStore) pass() {
	g.gate.RLock()
	defer g.gate.RUnlock()
}

func (g *gatedStore) Create(ctx context.Context, room history.Room) error {
	g.pass()
	return g.Memory.Create(ctx, room)
}

func (g *gatedStore) Room(ctx context.Context, fold string) (history.Room, error) {
	g.pass()
	return g.Memory.Room(ctx, fold)
}

func (g *gatedStore) Rooms(ctx context.Context, prefix, after string, limit int) ([]history.Room, int, error) {
	g.pass()
	return g.Memory.Rooms(ctx, prefix, after, limit)
}

func (g *gatedStore) Page(ctx context.Context, fold string, from, to uint64, limit int) (history.Page, error) {
	g.pass()
	return g.Memory.Page(ctx, fold, from, to, limit)
}

func (g *gatedStore) Search(ctx context.Context, fold string, q history.Query) (history.Hits, error) {
	g.pass()
	return g.Memory.Search(ctx, fold, q)
}

func (g *gatedStore) SetTopic(ctx context.Context, fold, topic, nick string) error {
	g.pass()
	return g.Memory.SetTopic(ctx, fold, topic, nick)
}

func (g *gatedStore) Append(fold string, posts []history.Post, done func(uint64, error)) {
	go func() {
		g.pass()
		g.Memory.Append(fold, posts, done)
	}()
}

// Whatever a session waits for, it holds no other up, and when it has waited its input is
// waited for again.
func TestWhoWaitsHoldsUpNobody(t *testing.T) {
	for name, lines := range map[string]string{
		"for a new room":             "CREATE new",
		"for a room to be loaded":    "JOIN quiet",
		"to post there":              "IN quiet POST hi",
		"for its post":               "POST hi\nPING",
		"for too many posts":         strings.Repeat("POST hi\n", conn.MaxPosts+1) + "PING",
		"for a list":                 "ROOMS",
		"for the past":               "HISTORY",
		"for the past as it joins":   "LEAVE\nJOIN go LAST 10",
		"for a search":               "SEARCH hi",
		"for a topic":                "TOPIC new",
		"for whoever has its nick":   "NICK carol s3cret",
		"to end, for its post":       "POST hi\nQUIT",
		"several commands at a time": "WHOAMI\nHELP\nTOPIC new",
	} {
		t.Run(name, func(t *testing.T) {
			store := &gatedStore{Memory: memory()}
			srv := newTestServer(t, store)
			address := serve(t, srv)
			goroutines := runtime.NumGoroutine()
			carol := dial(t, address)
			carol.do("NICK carol s3cret", "OK NICK carol")
			carol.do("CREATE quiet", "OK CREATE quiet")
			carol.do("CREATE go", "OK CREATE go")
			carol.do("JOIN go", "OK JOIN go")
			carol.do("POST hi", "MSG go 1 carol hi")
			carol.want("OK POST go 1")
			bob := dial(t, address)
			var waiting []*peer
			for range moreGoroutines {
				p := dial(t, address)
				p.do("SET presence off", "OK SET")
				p.do("JOIN go", "OK JOIN go")
				waiting = append(waiting, p)
			}
			store.gate.Lock()
			carol.send("POST wait")
			_ = bob.SetDeadline(time.Now().Add(20 * time.Second)) // where it fails it would hang
			for _, p := range waiting {
				go io.WriteString(p, lines+"\n")
				bob.do("PING", "OK PING")
			}
			bob.do("PING", "OK PING")
			store.gate.Unlock()
			for _, p := range append(waiting, carol) {
				go func() {
					_, _ = io.Copy(io.Discard, p.in)
					_ = p.Close()
				}()
				go io.WriteString(p, "QUIT\n") // may have ended already
			}
			for len(srv.open()) > 1 {
				bob.do("PING", "OK PING")
			}
			bob.do("PING", "OK PING")
			if n := runtime.NumGoroutine() - goroutines; n > 2*moreGoroutines {
				t.Errorf("there are %d goroutines more than before", n)
			}
		})
	}
}

// A recordedTurn notes whether its session has let others go on.
type recordedTurn struct{ blocked bool }

func (r *recordedTurn) Block() { r.blocked = true }

func (r *recordedTurn) Defer(d netpoll.Deferred) { d.Notify() }

// Others wait for posts and for one command that waits for nothing.
func TestOthersWaitForPostsAndOneCommand(t *testing.T) {
	for _, test := range []struct {
		lines   []string
		blocked bool
	}{
		{[]string{"WHOAMI"}, false},
		{[]string{"CREATE go", "JOIN go"}, true},
		{[]string{"WHOAMI", "WHOAMI"}, true},
		{[]string{"ROOMS"}, true},
		{[]string{"pots", "pots"}, true},
		{[]string{"POST in no room", "POST in no room"}, true},
		{[]string{"IN - POST hi", "IN - POST hi"}, true},
	} {
		srv := newTestServer(t)
		near, far := net.Pipe()
		go func() { _, _ = io.Copy(io.Discard, far) }()
		s := newSession(srv, near)
		turn := new(recordedTurn)
		s.turn = turn
		for _, line := range test.lines {
			s.exec(&proto.Command{}, line)
		}
		if turn.blocked != test.blocked {
			t.Errorf("%q: blocked is %v", test.lines, turn.blocked)
		}
		s.leaveAll(quit)
	}
}

// A session that is slowed down is, too.
func TestWhoIsSlowedDownHoldsUpNobody(t *testing.T) {
	srv := newTestServer(t)
	srv.config.Rate = 1
	address := serve(t, srv)
	alice, bob := dial(t, address), dial(t, address)
	go alice.send(strings.Repeat("PING\n", burstLines+10))
	for !strings.HasPrefix(alice.want(""), "NOTICE you send more than") {
	}
	_ = bob.SetDeadline(time.Now().Add(20 * time.Second))
	bob.do("PING", "OK PING")
}
