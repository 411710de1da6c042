package hub

import (
	"strings"
	"testing"

	"linechat/chatd/internal/history"
	"linechat/chatd/proto"
)

// A sent is a post on its way.
type sent struct {
	Post
	answered chan struct{}
	woken    int // by the goroutine that processes the room's posts
}

// Answered implements Poster. A second answer panics.
func (s *sent) Answered() { close(s.answered) }

func (s *sent) Wake() { s.woken++ }

func (s *sent) isAnswered() bool {
	select {
	case <-s.answered:
		return true
	default:
		return false
	}
}

// want waits for the answer and checks it.
func (s *sent) want(t testing.TB, seq uint64, err error) {
	t.Helper()
	<-s.answered
	if s.Err != err || err == nil && s.Seq != seq {
		t.Errorf("%s %q was answered %d, %v; want %d, %v", s.Once, s.Text, s.Seq, s.Err, seq, err)
	}
}

// compose returns a post that is not sent yet. Once is the key, or "".
func compose(nick, once, text string) *sent {
	s := &sent{answered: make(chan struct{})}
	s.Post = Post{Post: history.Post{Kind: proto.MSG, Nick: nick, Once: once, Text: text}, From: sessions[nick], Owner: s}
	return s
}

var sessions = map[string]uint64{"alice": 1, "bob": 2, "carol": 3}

func (s *sent) to(t testing.TB, r *Room) *sent {
	t.Helper()
	if err := r.Post(t.Context(), &s.Post); err != nil {
		t.Errorf("Post %q: %v", s.Text, err)
	}
	return s
}

func say(t testing.TB, r *Room, text string) *sent {
	t.Helper()
	return compose("bob", "", text).to(t, r)
}

// fill posts n posts of size bytes one after the other.
func fill(t testing.TB, r *Room, n, size int) {
	t.Helper()
	text := strings.Repeat("x", size)
	for range n {
		s := say(t, r, text)
		if <-s.answered; s.Err != nil {
			t.Fatalf("post: %v", s.Err)
		}
	}
}
