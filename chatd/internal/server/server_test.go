package server

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"linechat/chatd/internal/history"
	"linechat/chatd/internal/spectest"
	"linechat/chatd/proto"
)

// bubble runs f on a server in fake time. When f has returned, the server is
// shut down and every goroutine must have ended.
func bubble[S history.Store](t *testing.T, open func() S, f func(t *testing.T, srv *Server, store S)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		store := open()
		srv := newTestServer(t, store)
		f(t, srv, store)
		ctx, cancel := context.WithTimeout(context.Background(), 4*time.Second)
		defer cancel()
		if err := srv.Shutdown(ctx); err != nil {
			t.Errorf("shutting down: %v", err)
		}
		srv.hub.Close()
	})
}

// pass lets fake time pass.
func pass(d time.Duration) { <-time.After(d) }

func memory() *history.Memory { return history.NewMemory(1 << 20) }

// member connects and joins room go under the nick.
func member(t *testing.T, srv *Server, nick string) *peer {
	t.Helper()
	p := connect(t, srv)
	p.join(nick)
	return p
}

// join takes a nick and joins room go.
func (p *peer) join(nick string) {
	p.t.Helper()
	p.do("NICK "+nick, "OK NICK "+nick)
	p.do("CREATE go", "") // the first one makes it
	p.do("SET presence off", "OK SET presence off")
	p.do("JOIN go", "OK JOIN go")
}

func TestHandlersAndVerbsAreTheSame(t *testing.T) {
	handlers := newHandlers()
	for _, v := range proto.Verbs {
		if handlers[v.Name].run == nil {
			t.Errorf("%s has no handler", v.Name)
		}
	}
	for name := range handlers {
		if proto.LookupVerb(name) == nil {
			t.Errorf("%s is not a verb", name)
		}
	}
}

func TestReasonsAreThoseOfTheSpecification(t *testing.T) {
	rows := spectest.Table(t, "| code | why |")
	if len(rows) != len(closeReasons) {
		t.Errorf("protocol.md has %d closeReasons, the code %d", len(rows), len(closeReasons))
	}
	for i := range min(len(rows), len(closeReasons)) {
		if rows[i][0] != closeReasons[i].code {
			t.Errorf("protocol.md has %s, the code %s", rows[i][0], closeReasons[i].code)
		}
	}
}

func TestRoleIsChecked(t *testing.T) {
	s := &session{server: newTestServer(t)}
	err := s.allowed(&proto.Command{}, &proto.Verb{Name: "END", States: proto.AnyState, Role: proto.Guest + 1})
	var refused *proto.Error
	if !errors.As(err, &refused) || refused.Code != proto.NotAllowed {
		t.Errorf("a role above one's own: %v", err)
	}
}

// connectRefused connects where there are too many connections.
func connectRefused(t *testing.T, srv *Server) {
	t.Helper()
	near, far := net.Pipe()
	srv.admit(near)
	if line, _ := bufio.NewReader(far).ReadString('\n'); !strings.HasPrefix(line, "BYE too-many ") {
		t.Errorf("one connection too many reads %q", line)
	}
}

func TestTooManyConnections(t *testing.T) {
	bubble(t, memory, func(t *testing.T, srv *Server, _ *history.Memory) {
		srv.config.MaxConnections = 1
		alice := connect(t, srv)
		connectRefused(t, srv)
		alice.do("PING", "OK PING")
		alice.do("QUIT", "OK QUIT")
		alice.want("BYE quit")
		synctest.Wait()
		connect(t, srv)
	})
}

func TestShutdownFinishesWhatWasAccepted(t *testing.T) {
	bubble(t, held, func(t *testing.T, srv *Server, store *heldStore) {
		alice := member(t, srv, "alice")
		bob := member(t, srv, "bob")
		alice.send("POST last")
		answer := <-store.appends
		stopped := make(chan error, 1)
		go func() { stopped <- srv.Shutdown(context.Background()) }()
		bob.want("BYE shutdown")
		answer(nil)
		alice.want("MSG go 1 alice last")
		alice.want("OK POST go 1")
		alice.want("BYE shutdown")
		if err := <-stopped; err != nil {
			t.Error(err)
		}
	})
}

// A panickingStore has a defect.
type panickingStore struct{ history.Store }

func (panickingStore) Create(context.Context, history.Room) error { panic("a defect") }

func TestDefectEndsOneSession(t *testing.T) {
	open := func() panickingStore { return panickingStore{memory()} }
	bubble(t, open, func(t *testing.T, srv *Server, _ panickingStore) {
		bob := connect(t, srv)
		alice := connect(t, srv)
		alice.do("CREATE go", "BYE internal")
		bob.do("PING", "OK PING")
	})
}

// A scarceListener fails for want of descriptors before it accepts.
type scarceListener struct {
	net.Listener
	conns  chan net.Conn
	failed int
}

func (l *scarceListener) Accept() (net.Conn, error) {
	if l.failed++; l.failed < 5 {
		return nil, &net.OpError{Op: "accept", Err: syscall.EMFILE}
	}
	c, ok := <-l.conns
	if !ok {
		return nil, net.ErrClosed
	}
	return c, nil
}

func (l *scarceListener) Close() error   { close(l.conns); return nil }
func (l *scarceListener) Addr() net.Addr { return &net.UnixAddr{Name: "test"} }

func TestAcceptingGoesOnWhenDescriptorsRunOut(t *testing.T) {
	bubble(t, memory, func(t *testing.T, srv *Server, _ *history.Memory) {
		alice := connect(t, srv)
		l := &scarceListener{conns: make(chan net.Conn)}
		served := make(chan error, 1)
		go func() { served <- srv.Serve(l) }()
		near, far := net.Pipe()
		l.conns <- near
		bob := &peer{t, far, bufio.NewReader(far)}
		bob.want("HELLO")
		alice.do("PING", "OK PING")
		if err := srv.Shutdown(context.Background()); err == nil {
			err = <-served
			if !errors.Is(err, ErrStopped) {
				t.Error(err)
			}
		}
	})
}

// A member that comes and goes while others post gets every post exactly once,
// by JOIN AFTER and live, and after OK LEAVE none.
func TestComingAndGoingMissesNothing(t *testing.T) {
	bubble(t, memory, func(t *testing.T, srv *Server, _ *history.Memory) {
		const posts = 2000
		alice := member(t, srv, "alice")
		done := make(chan bool)
		go func() {
			defer close(done)
			for i := 1; i <= posts; i++ {
				alice.do(fmt.Sprintf("POST %d", i), "MSG go")
				alice.want("OK POST go")
			}
		}()
		bob := connect(t, srv)
		next, joins := 1, 0
		for next <= posts {
			bob.send(fmt.Sprintf("JOIN go AFTER %d", next-1))
			for line := ""; line != "OK LEAVE go -"; {
				line = bob.want("")
				if at := strings.Index(line, "MSG go "); at >= 0 {
					var seq int
					if _, err := fmt.Sscanf(line[at:], "MSG go %d ", &seq); err != nil || seq != next {
						t.Fatalf("%q came when %d was next", line, next)
					}
					next++
				}
				if strings.HasPrefix(line, "OK JOIN go 2 ") {
					joins++
					bob.send("LEAVE")
				}
			}
			bob.do("PING", "OK PING") // and no MSG
		}
		<-done
		if joins < 2 {
			t.Errorf("bob joined %d times only", joins)
		}
	})
}

// What a browser sends by a web page's order must not become posts, and a body
// never becomes commands.
func TestWhatMustNotBeCommands(t *testing.T) {
	path := "/" + strings.Repeat("a", 2000)
	for name, tt := range map[string]struct{ input, want string }{
		"a request":            {"POST / HTTP/1.1\r\nHost: x\r\n\r\nCREATE oops\n", "BYE http"},
		"in small letters":     {"get / http/1.1\r\n\r\nCREATE oops\n", "BYE http"},
		"behind an empty line": {"\r\nPOST / HTTP/1.1\r\n\r\nCREATE oops\n", "BYE http"},
		"a long request":       {"POST " + path + " HTTP/1.1\r\n\r\nCREATE oops\n", "BYE http"},
		"a TLS hello":          {"\x16\x03\x01\x02\nCREATE oops\n", "BYE tls"},
		"half a TLS hello":     {"\x16\x03\x01\x02\x00\x01", "BYE tls"},
		"a PROXY header":       {"\r\n\r\n\x00\r\nQUIT\n!\x11\x00\x0c\nCREATE oops\n", "BYE proxy"},
		"one of version 1":     {"PROXY TCP4 192.0.2.7 198.51.100.1 4711 5001\r\nCREATE oops\n", "BYE proxy"},
		"one that knows none":  {"PROXY UNKNOWN\r\nCREATE oops\n", "BYE proxy"},
		"an SSH banner":        {"SSH-2.0-client\r\nCREATE oops\n", "BYE ssh"},
		"PASTE in no room":     {"PASTE\nCREATE oops\n.\n", "ERR PASTE not-in-room"},
		"a long key":           {"ONCE " + strings.Repeat("k", 65) + " PASTE\nCREATE oops\n.\n", "ERR PASTE too-long"},
		"a bad key":            {"ONCE k\u00e9 PASTE\nCREATE oops\n.\n", "ERR PASTE bad-arguments"},
		"the wrong order":      {"ONCE k IN go PASTE\nCREATE oops\n.\n", "ERR PASTE bad-arguments"},
		"a prefix's word less": {"IN PASTE\nCREATE oops\n.\n", "ERR PASTE bad-arguments"},
		"words":                {"PASTE this\nCREATE oops\n.\n", "ERR PASTE bad-arguments"},
		"bytes":                {"PASTE \xff\nCREATE oops\n.\n", "ERR PASTE bad-utf8"},
		"a long line":          {"PASTE " + path[1:] + "\nCREATE oops\n.\n", "ERR PASTE too-long"},
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, memory, func(t *testing.T, srv *Server, store *history.Memory) {
				alice := connect(t, srv)
				go func() { _, _ = io.WriteString(alice, tt.input+"PING done\n") }()
				alice.want(tt.want)
				if strings.HasPrefix(tt.want, "ERR") {
					alice.want("OK PING done")
				}
				if _, err := store.Room(context.Background(), "oops"); err == nil {
					t.Error("the room was made")
				}
			})
		})
	}
}

// Once telnet is spoken lines end in CR LF, also those that nobody asked for.
func TestTelnetHasLinesEndInCRLF(t *testing.T) {
	bubble(t, memory, func(t *testing.T, srv *Server, _ *history.Memory) {
		alice := connect(t, srv)
		go func() { _, _ = alice.Write([]byte("\xff\xf6")) }()
		if line, err := alice.in.ReadString('\n'); line != "NOTICE chatd is here\r\n" {
			t.Errorf("AYT is answered %q, %v", line, err)
		}
	})
}
