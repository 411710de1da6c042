package conn

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"linechat/chatd/internal/history"
	"linechat/chatd/internal/hub"
	"linechat/chatd/proto"
)

// post has the session post a line to the room, as a reply of its outbox.
func (s *session) post(room *hub.Room, text string) {
	p := &PostReply{Post: hub.Post{Post: history.Post{Kind: proto.MSG, Nick: "alice", Text: text}, From: 7}, Verb: "POST", Room: room}
	s.Post(p)
	if err := room.Post(s.Context(), &p.Post); err != nil {
		s.Error(err)
	}
}

// A post's line comes before its OK, and replies and lines keep their orders among each
// other, whoever writes.
func TestLineBeforeOK(t *testing.T) {
	play(t, func(s *session) {
		w := newWorld(s.T, history.NewMemory(1<<20))
		m := w.member(7, "alice", s.w.Flush)
		s.EndReplyThen(func() { s.w.Join(m) })
		s.w.Wake()
		synctest.Wait()
		const posts = 300
		go func() {
			for i := range posts {
				s.post(m.Room(), fmt.Sprint(i))
			}
		}()
		for shown, answered := 0, 0; answered < posts; {
			s.want("")
			var seq, text int
			if _, err := fmt.Sscanf(s.peer.Text(), "MSG go %d alice %d", &seq, &text); err == nil {
				shown++
				if seq != shown || text != shown-1 {
					s.Fatalf("line %d is %q", shown, s.peer.Text())
				}
			} else if answered++; s.peer.Text() != fmt.Sprintf("OK POST go %d", answered) || answered > shown {
				s.Fatalf("answer %d, behind %d lines, is %q", answered, shown, s.peer.Text())
			}
		}
		m.Leave(nil, "")
	})
}

// What a room publishes between a session's joining it and the writing of the OK does not
// wait for the next thing that is published.
func TestLinesPublishedBeforeOKJoinIsWritten(t *testing.T) {
	play(t, func(s *session) {
		w := newWorld(s.T, history.NewMemory(1<<20))
		m := w.member(7, "alice", s.w.Flush)
		bob := w.member(8, "bob", func() {}) // publishes JOINED go bob
		synctest.Wait()                      // the writer has looked, and found that it reads no room
		s.WriteLine(&proto.Line{Type: proto.OK, Verb: "JOIN", Room: "go", Members: 1})
		s.EndReplyThen(func() { s.w.Join(m) })
		go s.w.Flush()
		s.want("OK JOIN go 1 0", "JOINED go bob")
		m.Leave(nil, "")
		bob.Leave(nil, "")
		bob.Room().Release()
	})
}

// After the reply to a LEAVE no line of the room is written.
func TestNoLinesAfterLeave(t *testing.T) {
	play(t, func(s *session) {
		w := newWorld(s.T, history.NewMemory(1<<20))
		alice := w.member(7, "alice", s.w.Flush)
		bob := w.member(8, "bob", func() {})
		s.EndReplyThen(func() { s.w.Join(alice) })
		go s.w.Flush()
		s.want("JOINED go bob")
		bob.Rename(nil, hub.Nick{Shown: "rob"})
		s.want("RENAMED go bob rob")
		alice.Leave(nil, "")
		bob.Rename(nil, hub.Nick{Shown: "bob"})
		s.say("left")
		s.EndReplyThen(func() { s.w.Leave(alice) })
		go s.w.Flush()
		s.want("HELP V left")
		bob.Leave(nil, "")
		bob.Room().Release()
	})
}

// However little the system takes at a time, the peer gets every byte once and in order.
func TestPartialWrites(t *testing.T) {
	l, err := net.Listen("unix", t.TempDir()+"/socket")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	far, err := net.Dial("unix", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer far.Close()
	near, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	defer near.Close()
	_ = near.(*net.UnixConn).SetWriteBuffer(1) // the least there is
	s := newSession(t, near, far)
	const lines = 3000
	go func() {
		for i := range lines {
			s.say(fmt.Sprintf("%d %s", i, strings.Repeat("x", i*7%3000)))
			s.EndReply()
			if s.Backpressured() || i%10 == 0 {
				s.FlushAndWait()
			}
		}
		s.w.Close()
	}()
	for i := range lines {
		s.want(fmt.Sprintf("HELP V %d %s", i, strings.Repeat("x", i*7%3000)))
	}
	s.end()
}

// A peer that takes no byte is given up after a minute, in the session that has ended
// after half a second; whatever waits for the writer goes on.
func TestStalledPeer(t *testing.T) {
	for name, wait := range map[string]time.Duration{"stalled": writeTimeout, "ended": ByeTimeout} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := newPipe(t)
				s.say("never read")
				s.EndReplyThen(func() { t.Log("called even so") })
				s.w.Wake()
				synctest.Wait()
				start := time.Now()
				if name == "ended" {
					s.end()
					s.w.Abort()
				}
				if err := <-s.failed; !errors.Is(err, ErrStalled) || time.Since(start) != wait {
					t.Errorf("after %v: %v", time.Since(start), err)
				}
				s.FlushAndWait()
				if s.w.Close() {
					t.Error("all was written, it says")
				}
				s.end()
			})
		})
	}
}

// A defect in what is called when a slot is written ends the writing, and nobody waits.
func TestDefectInTheWriter(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newPipe(t)
		s.Barrier(func() { panic("a defect") })
		if err := <-s.failed; !errors.Is(err, ErrDefect) {
			t.Error(err)
		}
		if s.w.Close() {
			t.Error("all was written, it says")
		}
		s.end()
	})
}

// A failingStore cannot be read so many times.
type failingStore struct {
	history.Store
	failures atomic.Int32
}

func (f *failingStore) Page(ctx context.Context, fold string, from, to uint64, size int) (history.Page, error) {
	if f.failures.Add(-1) >= 0 {
		return history.Page{}, history.ErrUnread
	}
	return f.Store.Page(ctx, fold, from, to, size)
}

// behind returns a member that is to read more posts from a store than the room's log
// holds, of which the store fails to read the first. The first post is alice's.
func (s *session) behind(posts, failures int) *hub.Member {
	store := &failingStore{Store: history.NewMemory(64 << 20)}
	store.failures.Store(int32(failures))
	m := newWorld(s.T, store).member(7, "alice", func() {})
	other := newPipe(s.T)
	go func() {
		for other.peer.Scan() {
		}
	}()
	for i := range posts {
		nick := "bob"
		if i == 0 {
			nick = "alice"
		}
		p := &PostReply{Post: hub.Post{Post: history.Post{Kind: proto.MSG, Nick: nick, Text: longText}, From: 8}, Verb: "POST", Room: m.Room()}
		other.AwaitPosts(MaxPosts)
		other.Post(p)
		if err := m.Room().Post(s.Context(), &p.Post); err != nil {
			s.Fatal(err)
		}
	}
	other.w.Close()
	_ = other.far.Close()
	return m
}

var longText = strings.Repeat("x", 200)

// A member that has fallen behind the log waits for a store that fails, and misses
// nothing; its own replies meanwhile wait, and are not lost.
func TestCatchingUpWaitsForTheStore(t *testing.T) {
	play(t, func(s *session) {
		const posts = 1500
		m := s.behind(posts, 3)
		start := time.Now()
		s.EndReplyThen(func() { s.w.Join(m) })
		s.say("behind them")
		s.EndReply()
		go s.w.Flush()
		for i := range posts {
			s.want(fmt.Sprintf("MSG go %d ", i+1))
		}
		s.want("HELP V behind them")
		if took := time.Since(start); took != 3*retryStore {
			s.Errorf("it took %v", took)
		}
		m.Leave(nil, "")
	})
}

// A session that closes waits for no store: lines that cannot be read now are left out.
func TestClosingWaitsForNoStore(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newPipe(t)
		m := s.behind(1500, 1<<30)
		s.EndReplyThen(func() { s.w.Join(m) })
		s.say("the last")
		s.EndReply()
		m.Leave(nil, "")
		start, closed := time.Now(), make(chan bool)
		go func() { closed <- s.w.Close() }()
		s.want("HELP V the last")
		if written := <-closed; !written || time.Since(start) > retryStore {
			t.Errorf("after %v all was written: %v", time.Since(start), written)
		}
		s.end()
	})
}

// With echo off a session's own post is left out of what is read from the store, also
// while its reply is still to come.
func TestOwnPostsReadFromTheStoreAreHidden(t *testing.T) {
	play(t, func(s *session) {
		const posts = 1500
		m := s.behind(posts, 0)
		s.w.Options.NoEcho = true
		s.EndReplyThen(func() { s.w.Join(m) })
		own := &PostReply{Post: hub.Post{Post: history.Post{Kind: proto.MSG, Nick: "alice", Text: longText}}, Verb: "POST", Room: m.Room()}
		s.Post(own)
		go s.w.Flush()
		for i := range posts - 1 {
			s.want(fmt.Sprintf("MSG go %d bob ", i+2))
		}
		own.Seq = 1
		own.Answered()
		go own.Wake()
		s.want("OK POST go 1")
		m.Leave(nil, "")
	})
}
