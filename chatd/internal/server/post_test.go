package server

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"linechat/chatd/internal/conn"
	"linechat/chatd/internal/history"
	"linechat/chatd/proto"
)

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

// While memory is short a long PASTE is dropped, and a short one is posted.
func TestPasteWithoutMemory(t *testing.T) {
	bubble(t, memory, func(t *testing.T, srv *Server, _ *history.Memory) {
		var short atomic.Bool
		srv.config.Short = short.Load
		alice := member(t, srv, "alice")
		alice.do("SET echo off", "OK SET echo off")
		line := strings.Repeat("x", 1000)
		for _, step := range []struct {
			short bool
			lines int
			want  string
		}{{false, 20, "OK PASTE go 1"}, {true, 4, "OK PASTE go 2"}, {true, 20, "ERR PASTE rate-limited the server is short of memory"}} {
			short.Store(step.short)
			alice.do("PASTE", "SEND go")
			for range step.lines {
				alice.send(line)
			}
			alice.do(".", step.want)
		}
	})
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

// Of one session at most so many posts are under way: those of others have their turn.
func TestPostsUnderWayAreBounded(t *testing.T) {
	bubble(t, held, func(t *testing.T, srv *Server, store *heldStore) {
		alice, bob := member(t, srv, "alice"), member(t, srv, "bob")
		bob.do("SET echo off", "OK SET")
		bob.do("LEAVE", "OK LEAVE")
		go func() { _, _ = io.WriteString(alice, strings.Repeat("POST hi\n", conn.MaxPosts+100)) }()
		synctest.Wait()
		bob.send("IN go POST ho")
		synctest.Wait()
		go func() { _, _ = io.Copy(io.Discard, alice.in) }()
		ended := make(chan bool)
		go func() {
			defer close(ended)
			for answer := range store.appends {
				answer(nil)
			}
		}()
		bob.want(fmt.Sprintf("OK POST go %d", conn.MaxPosts+1))
		synctest.Wait()
		close(store.appends)
		<-ended
	})
}

func TestPasteLimitsAreExact(t *testing.T) {
	line := strings.Repeat("x", proto.MaxPasteBytes/64-1)
	for body, answer := range map[string]string{
		strings.Repeat(line+"\n", 64):                      "OK PASTE go 1",
		strings.Repeat(line+"\n", 64) + "\n":               "ERR PASTE too-long",
		strings.Repeat("x\n", proto.MaxPasteLines):         "OK PASTE go 1",
		strings.Repeat("x\n", proto.MaxPasteLines) + "x\n": "ERR PASTE too-long",
	} {
		bubble(t, memory, func(t *testing.T, srv *Server, _ *history.Memory) {
			alice := member(t, srv, "alice")
			alice.do("SET echo off", "OK SET echo off")
			alice.do("PASTE", "SEND go")
			alice.do(body+".", answer)
		})
	}
}

// The lines of a PASTE wait a minute for the next one. Then they take no memory any more,
// and what still comes of it is no command.
func TestPasteThatStalls(t *testing.T) {
	bubble(t, memory, func(t *testing.T, srv *Server, _ *history.Memory) {
		alice := member(t, srv, "alice")
		alice.do("PASTE", "SEND go")
		for _, line := range []string{"one", "two", "three"} {
			pass(pasteTimeout - time.Second)
			alice.send(line)
		}
		for i, want := range []string{"MSG go 1 alice one", "MORE go 1 alice two", "MORE go 1 alice three", "OK PASTE go 1"} {
			if i == 0 {
				alice.send(".")
			}
			alice.want(want)
		}
		alice.do("PASTE", "SEND go")
		alice.send("four")
		alice.want("NOTICE no line of this PASTE came for 60 seconds")
		if kept := srv.open()[0].paste.text.Cap(); kept > 0 {
			t.Errorf("its lines still take %d bytes", kept)
		}
		alice.send("QUIT")
		alice.do(".", "ERR PASTE unfinished a PASTE waits 60 seconds")
		pass(2 * pasteTimeout)
		alice.do("HISTORY", "PAST ")
	})
}
