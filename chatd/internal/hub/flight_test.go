package hub

import (
	"sync"
	"testing"
	"testing/synctest"

	"linechat/chatd/internal/backplane"
	"linechat/chatd/internal/history"
)

// A heldLog is a shared log that answers when the test does.
type heldLog struct {
	backplane.Log
	mu    sync.Mutex
	posts []*heldPosts
}

// heldPosts are posts that wait for the log's answer.
type heldPosts struct {
	*backplane.Posts
	done func(backplane.Verdict)
}

func (l *heldLog) Submit(c backplane.Change, done func(backplane.Verdict)) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if posts, ok := c.(*backplane.Posts); ok {
		l.posts = append(l.posts, &heldPosts{posts, done})
	}
}

// hold has a hub make its changes through a shared log that waits for the test.
func hold(h *Hub) *heldLog {
	l := &heldLog{Log: h.changes}
	h.changes, h.shared = l, true
	return l
}

// stored answers that the posts are stored, the first of them with that number.
func (p *heldPosts) stored(first uint64) {
	for i := range p.Posts.Posts {
		p.Posts.Posts[i].Seq = first + uint64(i)
	}
	p.done(backplane.Verdict{})
}

// TestSharedLogHasSeveralPostsUnderWay answers one that came later first: it is refused.
func TestSharedLogHasSeveralPostsUnderWay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h, _ := newHub(t, usual, ample)
		log := hold(h)
		r := open(t, h, "go")
		bob := join(t, r, 2, "bob", 0)
		var all []*sent
		for _, text := range []string{"one", "two", "three"} {
			all = append(all, say(t, r, text))
			synctest.Wait()
		}
		if len(log.posts) != 3 {
			t.Fatalf("%d changes are under way, want 3", len(log.posts))
		}
		log.posts[1].done(backplane.Verdict{Err: history.ErrFailed})
		all[1].want(t, 0, history.ErrFailed)
		log.posts[0].stored(1)
		log.posts[2].stored(2)
		all[0].want(t, 1, nil)
		all[2].want(t, 2, nil)
		wantRun(t, read(t, bob, ReadOptions{}), 1, 2)
	})
}

// TestSharedLogHasSomeUnderWayAtMost posts more than that.
func TestSharedLogHasSomeUnderWayAtMost(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h, _ := newHub(t, usual, ample)
		log := hold(h)
		r := open(t, h, "go")
		var all []*sent
		for range maxInFlight + 7 {
			all = append(all, say(t, r, "one of many"))
			synctest.Wait()
		}
		if len(log.posts) != maxInFlight {
			t.Fatalf("%d posts are under way, want %d", len(log.posts), maxInFlight)
		}
		for i, p := range log.posts[:maxInFlight:maxInFlight] { // the room submits more meanwhile
			p.stored(uint64(i + 1))
		}
		synctest.Wait()
		next := uint64(maxInFlight + 1)
		for _, p := range log.posts[maxInFlight:] {
			p.stored(next)
			next += uint64(len(p.Posts.Posts))
		}
		for i, s := range all {
			s.want(t, uint64(i+1), nil)
		}
	})
}
