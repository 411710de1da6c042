package server

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"linechat/chatd/internal/conn"
	"linechat/chatd/internal/history"
	"linechat/chatd/internal/hub"
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
	p.do("NICK "+nick, "OK NICK "+nick)
	p.do("CREATE go", "") // the first one makes it
	p.do("SET presence off", "OK SET presence off")
	p.do("JOIN go", "OK JOIN go")
	return p
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
	s := &session{}
	err := s.allowed(&proto.Command{}, &proto.Verb{Name: "END", States: proto.AnyState, Role: proto.Guest + 1})
	var refused *proto.Error
	if !errors.As(err, &refused) || refused.Code != proto.NotAllowed {
		t.Errorf("a role above one's own: %v", err)
	}
}

func TestStalledReaderIsEndedAlone(t *testing.T) {
	bubble(t, memory, func(t *testing.T, srv *Server, _ *history.Memory) {
		bob := member(t, srv, "bob")
		alice := member(t, srv, "alice")
		alice.do("SET presence on", "OK SET")
		start := time.Now()
		for i := 1; i <= 3; i++ {
			alice.do("POST hi", fmt.Sprintf("MSG go %d alice hi", i))
			alice.want("OK POST go")
		}
		if time.Since(start) > 0 {
			t.Errorf("posting waited %v for a member that does not read", time.Since(start))
		}
		alice.want("LEFT go bob stalled")
		if took := time.Since(start); took != time.Minute {
			t.Errorf("bob was ended after %v", took)
		}
		_ = bob.Close()
	})
}

func TestSilentSessionIsNotEnded(t *testing.T) {
	bubble(t, memory, func(t *testing.T, srv *Server, _ *history.Memory) {
		alice := member(t, srv, "alice")
		pass(30 * 24 * time.Hour)
		alice.do("PING still here", "OK PING still here")
	})
}

// A member that reads nothing for a while is caught up: from the log, from the
// store, and what the store has dropped is named.
func TestSlowReaderIsCaughtUp(t *testing.T) {
	tiny := func() *history.Memory { return history.NewMemory(1) }
	bubble(t, tiny, func(t *testing.T, srv *Server, _ *history.Memory) {
		const posts = 3000
		bob := member(t, srv, "bob")
		alice := member(t, srv, "alice")
		alice.do("SET echo off", "OK SET echo off")
		for i := 1; i <= posts; i++ {
			alice.do("POST "+strings.Repeat("x", 100), fmt.Sprintf("OK POST go %d", i))
		}
		next, gaps := 1, 0
		for next <= posts {
			var seq, to int
			line := bob.want("")
			if _, err := fmt.Sscanf(line, "GAP go %d %d retention", &seq, &to); err == nil {
				gaps++
			} else if _, err := fmt.Sscanf(line, "MSG go %d alice", &seq); err != nil {
				t.Fatalf("unexpected line %q", line)
			} else {
				to = seq
			}
			if seq != next {
				t.Fatalf("got %d, want %d: %q", seq, next, line)
			}
			next = to + 1
		}
		if gaps == 0 {
			t.Error("the store held everything: the test is too small")
		}
	})
}

func TestInputWaitsWhileOutputWaits(t *testing.T) {
	bubble(t, memory, func(t *testing.T, srv *Server, _ *history.Memory) {
		alice := connect(t, srv)
		const pings = 2000
		ping := "PING " + strings.Repeat("x", 500)
		sent := make(chan error, 1)
		go func() {
			_, err := io.WriteString(alice, strings.Repeat(ping+"\n", pings))
			sent <- err
		}()
		synctest.Wait()
		select {
		case <-sent:
			t.Error("all commands were taken although no answer was read")
		default:
		}
		for range pings {
			alice.want("OK " + ping)
		}
		if err := <-sent; err != nil {
			t.Error(err)
		}
	})
}

func TestRate(t *testing.T) {
	bubble(t, memory, func(t *testing.T, srv *Server, _ *history.Memory) {
		srv.config.Rate = 10
		alice := connect(t, srv)
		const lines = burstLines + 700
		go func() {
			for i := range lines {
				if _, err := fmt.Fprintf(alice, "PING %d\n", i); err != nil {
					return
				}
			}
		}()
		start, notices := time.Now(), 0
		for i := 0; i < lines; {
			line := alice.want("")
			if strings.HasPrefix(line, "NOTICE you send more than 10 lines per second") {
				notices++
				continue
			}
			if want := fmt.Sprintf("OK PING %d", i); line != want {
				t.Fatalf("got %q, want %q", line, want)
			}
			i++
		}
		if took := time.Since(start).Round(time.Second); took != 70*time.Second {
			t.Errorf("700 lines above the burst took %v", took)
		}
		if notices != 2 {
			t.Errorf("it was said %d times in 70 seconds", notices)
		}
	})
}

func TestRatesThatRefuse(t *testing.T) {
	bubble(t, memory, func(t *testing.T, srv *Server, _ *history.Memory) {
		srv.config.Rate = 1000
		bob := connect(t, srv)
		bob.do("NICK bob", "OK")
		alice := connect(t, srv)
		go func() { _, _ = io.Copy(io.Discard, bob) }()
		for _, tt := range []struct {
			line, verb string
			limit      limit
		}{
			{"CREATE r%d", "CREATE", createLimit},
			{"NICK a%d", "NICK", nickLimit},
			{"TELL bob %d", "TELL", tellLimit},
		} {
			for i := range tt.limit.burst {
				alice.do(fmt.Sprintf(tt.line, i), "OK "+tt.verb)
			}
			alice.do(fmt.Sprintf(tt.line, 99), fmt.Sprintf("ERR %s rate-limited", tt.verb))
			pass(tt.limit.every)
			alice.do(fmt.Sprintf(tt.line, 99), "OK "+tt.verb)
		}
	})
}

func TestKeyTakesTheNickFromAConnectionThatHangs(t *testing.T) {
	bubble(t, memory, func(t *testing.T, srv *Server, _ *history.Memory) {
		old := member(t, srv, "carol")
		old.do("NICK bob s3cret", "OK NICK bob")
		alice := member(t, srv, "alice")
		alice.do("SET presence on", "OK SET")
		alice.do("POST bob does not read this", "MSG")
		alice.want("OK POST")

		start := time.Now()
		fresh := connect(t, srv)
		fresh.do("NICK bob wrong", "ERR NICK nick-taken")
		fresh.do("NICK bob", "ERR NICK nick-taken")
		fresh.do("NICK bob s3cret", "OK NICK bob")
		if time.Since(start) > 0 {
			t.Errorf("taking the nick waited %v for the old connection", time.Since(start))
		}
		alice.want("LEFT go bob replaced")
		_ = old.Close()
	})
}

func TestTellToAUserWhoDoesNotRead(t *testing.T) {
	bubble(t, memory, func(t *testing.T, srv *Server, _ *history.Memory) {
		bob := connect(t, srv)
		bob.do("NICK bob", "OK")
		alice := connect(t, srv)
		told := 0
		for alice.do("TELL bob hi", "")[:3] == "OK " {
			told++
		}
		if told < conn.MaxPrivate || told >= 2*conn.MaxPrivate { // some may be at the socket
			t.Errorf("%d private lines waited", told)
		}
		alice.do("TELL bob hi", "ERR TELL busy-user")
		for range told {
			bob.want("TELL guest-")
		}
		alice.do("TELL bob again", "OK TELL bob")
		bob.want("TELL guest-")
	})
}

func TestTooManyConnections(t *testing.T) {
	bubble(t, memory, func(t *testing.T, srv *Server, _ *history.Memory) {
		srv.config.MaxConnections = 1
		alice := connect(t, srv)
		near, far := net.Pipe()
		srv.admit(near)
		if line, _ := bufio.NewReader(far).ReadString('\n'); !strings.HasPrefix(line, "BYE too-many ") {
			t.Errorf("the second connection reads %q", line)
		}
		alice.do("PING", "OK PING")
		alice.do("QUIT", "OK QUIT")
		alice.want("BYE quit")
		synctest.Wait()
		connect(t, srv)
	})
}

func TestInputThatEndsInsideAPaste(t *testing.T) {
	bubble(t, memory, func(t *testing.T, srv *Server, _ *history.Memory) {
		client, done := halfClosed(t, srv, "CREATE go\nJOIN go\nPASTE\nline\n")
		for _, want := range []string{"HELLO", "OK CREATE", "OK JOIN", "SEND go", "ERR PASTE unfinished", "BYE end-of-input"} {
			client.want(want)
		}
		<-done
	})
}

// halfClosed connects a client whose input is text and then ends, while it
// still reads.
func halfClosed(t *testing.T, srv *Server, text string) (p *peer, done chan struct{}) {
	near, far := net.Pipe()
	done = make(chan struct{})
	srv.admit(&endingConn{Conn: near, input: strings.NewReader(text), done: done})
	return &peer{t, far, bufio.NewReader(far)}, done
}

type endingConn struct {
	net.Conn
	input io.Reader
	done  chan struct{}
}

func (c *endingConn) Read(p []byte) (int, error) { return c.input.Read(p) }

func (c *endingConn) Close() error {
	close(c.done)
	return c.Conn.Close()
}

// A store whose Append answers when, and as, the test says.
type heldStore struct {
	history.Store
	appends chan func(error) // answers one Append; nil stores it first
}

func (h *heldStore) Append(fold string, posts []history.Post, done func(uint64, error)) {
	kept := append([]history.Post(nil), posts...)
	go func() {
		h.appends <- func(err error) {
			if err != nil {
				done(0, err)
				return
			}
			h.Store.Append(fold, kept, done)
		}
	}()
}

func held() *heldStore {
	return &heldStore{Store: memory(), appends: make(chan func(error))}
}

func TestOtherCommandsWaitForPostsUnderWay(t *testing.T) {
	bubble(t, held, func(t *testing.T, srv *Server, store *heldStore) {
		bob := member(t, srv, "bob")
		alice := member(t, srv, "alice")
		alice.send("POST one")
		answer := <-store.appends
		alice.send("POST two")
		alice.send("PING")
		// The room and everyone else go on while the store hangs.
		bob.do("WHO", "USER go alice guest")
		bob.want("USER go bob guest")
		bob.want("OK WHO go 2")
		bob.do("HISTORY", "OK HISTORY go 0 0")
		member(t, srv, "carol").do("LEAVE", "OK LEAVE go -")
		pass(time.Hour)
		answer(nil)
		alice.want("MSG go 1 alice one")
		alice.want("OK POST go 1")
		(<-store.appends)(nil)
		alice.want("MSG go 2 alice two")
		alice.want("OK POST go 2")
		alice.want("OK PING")
		bob.want("MSG go 1 alice one")
		bob.want("MSG go 2 alice two")
	})
}

func TestStoreThatFails(t *testing.T) {
	bubble(t, held, func(t *testing.T, srv *Server, store *heldStore) {
		alice := member(t, srv, "alice")
		alice.send("POST lost")
		(<-store.appends)(history.ErrFailed)
		alice.want("ERR POST store ")
		alice.send("ONCE k POST perhaps")
		(<-store.appends)(history.ErrUnknown)
		alice.want("ERR POST unknown ")
		synctest.Wait()                   // what is stored is read back
		alice.send("ONCE k POST perhaps") // it was not stored
		(<-store.appends)(nil)
		alice.want("MSG go 1 alice perhaps")
		alice.want("OK POST go 1")
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

func TestLogNamesTheReason(t *testing.T) {
	var log strings.Builder
	synctest.Test(t, func(t *testing.T) {
		h, err := hub.New(context.Background(), memory(), hub.Config{MaxRooms: 1})
		if err != nil {
			t.Fatal(err)
		}
		srv := New(h, Config{Log: slog.New(slog.NewTextHandler(&log, nil)), MaxLine: 1024, MaxConnections: 1})
		connect(t, srv).do("QUIT", "OK QUIT")
		synctest.Wait()
		if err := srv.Shutdown(context.Background()); err != nil {
			t.Fatal(err)
		}
	})
	if !strings.Contains(log.String(), "why=quit") {
		t.Errorf("the log has %q", log.String())
	}
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

// In talk what looks like a malformed PASTE is a post that failed, and nothing
// behind it is passed over.
func TestTalkIsNeverAPaste(t *testing.T) {
	bubble(t, memory, func(t *testing.T, srv *Server, _ *history.Memory) {
		alice := member(t, srv, "alice")
		alice.do("SET talk on", "OK SET")
		alice.do("paste \xff", "ERR POST bad-utf8")
		alice.do("paste "+strings.Repeat("x", 2000), "ERR POST too-long")
		alice.do("/PING", "OK PING")
	})
}

// A line's text does not keep the rest of the line in memory.
func TestPostsKeepNoMoreThanTheirText(t *testing.T) {
	srv := newTestServer(t)
	alice := member(t, srv, "alice")
	alice.do("SET echo off", "OK SET")
	heap := func() int {
		var m runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&m)
		return int(m.HeapAlloc)
	}
	before := heap()
	const posts = 10_000
	blanks := strings.Repeat(" ", 900)
	for i := range posts {
		alice.do(fmt.Sprintf("ONCE key-%d%sPOST x", i, blanks), "OK POST")
	}
	if grown := heap() - before; grown > posts*500 {
		t.Errorf("%d short posts from long lines take %d bytes", posts, grown)
	}
	alice.do("QUIT", "OK QUIT")
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
