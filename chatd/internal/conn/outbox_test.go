package conn

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"strings"
	"testing"
	"testing/synctest"

	"linechat/chatd/internal/backplane"
	"linechat/chatd/internal/history"
	"linechat/chatd/internal/hub"
	"linechat/chatd/internal/netpoll"
	"linechat/chatd/proto"
)

// A session is an Outbox and its Writer, and the peer that reads what they write.
type session struct {
	*testing.T
	*Outbox
	w      *Writer
	ctx    context.Context
	end    context.CancelFunc
	failed chan error
	blocks int
	peer   *bufio.Scanner
	far    net.Conn
}

func (s *session) Block()                   { s.blocks++ }
func (s *session) Context() context.Context { return s.ctx }
func (s *session) Failed(err error)         { s.failed <- err }

func (s *session) ErrorLine(verb string, err error, about string) proto.Line {
	return proto.ErrLine(verb, &proto.Error{Code: proto.Internal, Text: err.Error() + " in " + about})
}

// newPipe returns a session whose peer is at the other end of a pipe.
func newPipe(t *testing.T) *session {
	near, far := net.Pipe()
	return newSession(t, near, far)
}

// newSession returns a session that writes to near. Its peer reads from far.
func newSession(t *testing.T, near, far net.Conn) *session {
	s := &session{T: t, Outbox: new(Outbox), w: new(Writer), failed: make(chan error, 8), peer: bufio.NewScanner(far), far: far}
	s.ctx, s.end = context.WithCancel(t.Context())
	Init(s.Outbox, s.w, 7, new(netpoll.Loop).NewConn(near), s, &Config{Store: t.Context(), Log: slog.New(slog.DiscardHandler)})
	return s
}

// play runs f on a session over a pipe, in fake time, and then closes the session, which
// must have written all.
func play(t *testing.T, f func(s *session)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		s := newPipe(t)
		f(s)
		closed := make(chan bool)
		go func() {
			closed <- s.w.Close()
			_ = s.w.conn.Close()
		}()
		if !<-closed {
			t.Error("not all was written")
		}
		if s.peer.Scan() {
			t.Errorf("a line that nobody wanted: %q", s.peer.Text())
		}
		s.end()
	})
}

// say replies with one line, which is told from others by its text.
func (s *session) say(text string) { s.WriteLine(&proto.Line{Type: proto.HELP, Verb: "V", Text: text}) }

// want reads lines, which must begin so.
func (s *session) want(prefixes ...string) {
	s.Helper()
	for _, prefix := range prefixes {
		if !s.peer.Scan() || !strings.HasPrefix(s.peer.Text(), prefix) {
			s.Fatalf("got %q, %v; want %q", s.peer.Text(), s.peer.Err(), prefix)
		}
	}
}

// A world is a hub with one room, called go.
type world struct {
	*testing.T
	hub *hub.Hub
}

func newWorld(t *testing.T, store history.Store) *world {
	t.Helper()
	h, err := hub.New(t.Context(), store, backplane.NewLocal(store, nil), hub.Config{MaxRooms: 1, MaxMembers: 200, Presence: 50, LogBytes: 1 << 20})
	if err != nil {
		t.Fatal(err)
	}
	if err := h.Create(nil, history.Room{Name: proto.Name{Fold: "go", Skeleton: "go", Shown: "go"}}, 0); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(h.Close)
	return &world{t, h}
}

// open returns a reference to the room, which is to be released.
func (w *world) open() *hub.Room {
	w.Helper()
	room, err := w.hub.Open(w.Context(), nil, "go")
	if err != nil {
		w.Fatal(err)
	}
	return room
}

// member returns a member of the room, which wake is called for.
func (w *world) member(session uint64, nick string, wake func()) *hub.Member {
	m := hub.NewMember(w.open(), session, hub.Nick{Shown: nick}, wake)
	if _, _, err := m.Join(nil); err != nil {
		m.Room().Release()
		w.Fatal(err)
	}
	return m
}

// Replies are written in the order of their commands, also where a later one is ready
// first, and nothing comes between the lines of one.
func TestRepliesKeepTheirOrder(t *testing.T) {
	play(t, func(s *session) {
		w := newWorld(s.T, history.NewMemory(1<<20))
		first, second := &PostReply{Verb: "POST", Room: w.open(), Owned: true}, &PostReply{Verb: "ME", Room: w.open(), Owned: true}
		s.Post(first)
		s.Post(second)
		s.say("third")
		s.say("of two lines")
		s.EndReply()
		second.Cancel(errors.New("no"))
		s.w.Wake()
		synctest.Wait()
		s.Notice("between") // what is no reply need not wait for one
		s.want("NOTICE between")
		first.Seq = 9
		first.Answered()
		first.Wake()
		s.want("OK POST go 9", "ERR ME internal no in go", "HELP V third", "HELP V of two lines")
	})
}

// The pages of a long reply are handed over one by one, and events wait for its end.
func TestNoEventInsideAReply(t *testing.T) {
	play(t, func(s *session) {
		const lines = 2000
		said, done := 0, make(chan bool)
		go func() {
			defer close(done)
			for ; said < lines; said++ {
				s.say(fmt.Sprintf("%d %s", said, strings.Repeat("x", 100)))
			}
			s.EndReply()
			s.FlushAndWait()
		}()
		synctest.Wait()
		s.Notice("outside")
		if size := said * 100; size > 4*PageSize {
			s.Errorf("%d bytes of one reply wait", size)
		}
		for i := range lines {
			s.want(fmt.Sprintf("HELP V %d ", i))
		}
		s.want("NOTICE outside")
		<-done
	})
}

// While replies wait their reader waits, and its other work is told before.
func TestReaderWaitsAboveHighWater(t *testing.T) {
	play(t, func(s *session) { readerWaits(s, 4*PageSize) })
}

// While memory is short it waits sooner.
func TestReaderWaitsSoonerWithoutMemory(t *testing.T) {
	play(t, func(s *session) {
		s.w.config.Short = func() bool { return true }
		readerWaits(s, 4*shortPage)
	})
}

// readerWaits fails if more replies than that wait for a peer that does not read.
func readerWaits(s *session, max int) {
	replies, done := 0, make(chan bool)
	go func() {
		defer close(done)
		for ; replies < 2000; replies++ {
			s.say(strings.Repeat("x", 100))
			s.EndReply()
			if s.Backpressured() {
				s.FlushAndWait()
			}
		}
		s.w.Flush()
	}()
	synctest.Wait()
	if waiting := replies * 100; replies == 2000 || waiting > max || s.blocks == 0 {
		s.Errorf("%d bytes of replies wait for a peer that does not read, and the reader has blocked %d times", waiting, s.blocks)
	}
	for range 2000 {
		s.want("HELP V x")
	}
	<-done
}

// A peer that only negotiates waits for telnet's answers to be written.
func TestReaderWaitsForTelnetsAnswers(t *testing.T) {
	play(t, func(s *session) {
		const answers = 200
		given, done := 0, make(chan bool)
		go func() {
			defer close(done)
			for ; given < answers; given++ {
				s.Control([]byte(strings.Repeat("x", 1023) + "\n"))
			}
			s.w.Flush()
		}()
		synctest.Wait()
		if size := given << 10; size > 4*PageSize {
			s.Errorf("%d bytes of answers wait", size)
		}
		for range answers {
			s.want("xxx")
		}
		<-done
	})
}

// The reader of a session that has ended waits for no post, until it leaves.
func TestAbort(t *testing.T) {
	play(t, func(s *session) {
		w := newWorld(s.T, history.NewMemory(1<<20))
		p := &PostReply{Verb: "POST", Room: w.open(), Owned: true}
		s.Post(p)
		s.end()
		s.w.Abort()
		s.AwaitPosts(1)
		left := make(chan bool)
		go func() {
			defer close(left)
			s.Leave()
		}()
		synctest.Wait()
		select {
		case <-left:
			s.Error("it has left while a post was under way")
		default:
		}
		p.Seq = 1
		p.Answered()
		<-left
		go s.w.Flush()
		s.want("OK POST go 1")
	})
}

// A barrier's change holds from exactly the line after its reply.
func TestBarrier(t *testing.T) {
	play(t, func(s *session) {
		s.say("text")
		s.EndReply()
		done := make(chan bool)
		go func() {
			defer close(done)
			s.Form = s.Form.WithJSON()
			s.say("changes it")
			s.Barrier(func() { s.w.Options.Form = s.Form })
			if s.w.Options.Form != s.Form {
				s.Error("Barrier has returned before the change")
			}
		}()
		s.want("HELP V text", `{"type":"help"`)
		<-done
		s.Notice("after it")
		s.want(`{"type":"notice"`)
	})
}

// Private lines are bounded, and after Leave nobody is there for them.
func TestTell(t *testing.T) {
	play(t, func(s *session) {
		text := strings.Repeat("x", 500) // so that they are several pages
		if err := s.Tell("bob", text); err != nil {
			s.Error(err)
		}
		synctest.Wait() // the writer has taken that one, and waits for the peer
		told := 1
		for s.Tell("bob", text) == nil {
			told++
		}
		if err := s.Tell("bob", text); !errors.Is(err, hub.ErrBusyUser) || told != 1+MaxPrivate {
			s.Errorf("after %d lines: %v", told, err)
		}
		for range 2 * maxNotices {
			s.Notice("as many as may wait")
		}
		s.Leave()
		if err := s.Tell("bob", text); !errors.Is(err, hub.ErrNoUser) {
			s.Errorf("after Leave: %v", err)
		}
		for range told {
			s.want("TELL bob xxx")
		}
		for range maxNotices {
			s.want("NOTICE as many")
		}
	})
}
