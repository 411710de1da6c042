package hub

import (
	"testing"
	"testing/synctest"

	"linechat/chatd/internal/history"
)

// An appendHook is a store that calls hook at the beginning of Append.
type appendHook struct {
	history.Store
	hook func()
}

func (s appendHook) Append(fold string, posts []history.Post, done func(uint64, error)) {
	s.hook()
	s.Store.Append(fold, posts, done)
}

// A post that comes while another goroutine is processing is not forgotten.
func TestPostIsProcessedWhoeverIsProcessing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h, store := newHub(t, usual, ample)
		r := open(t, h, "go")
		free, first, taken := compose("bob", "", "free"), compose("bob", "", "first"), compose("bob", "", "taken")

		r.TryPost(&free.Post)
		r.TryProcess()
		select {
		case <-free.answered:
			free.want(t, 1, nil)
		default:
			t.Error("nobody was processing, and the post was not answered at once")
		}

		h.replaceStore(appendHook{store, func() {
			h.replaceStore(store)
			r.TryPost(&taken.Post)
			r.TryProcess() // while its caller is processing
		}})
		store.hold()
		r.TryPost(&first.Post)
		r.TryProcess()
		synctest.Wait()
		if n := len(r.inbox.posts); n > 0 {
			t.Errorf("%d posts were left in the inbox", n)
		}
		store.pass()
		(<-store.held).succeed()
		first.want(t, 2, nil)
		taken.want(t, 3, nil)
	})
}

// A chain is a post whose answer causes the next one.
type chain struct {
	Post
	room *Room
	left int
	end  chan uint64
}

func (c *chain) Answered() {
	if c.left == 0 {
		c.end <- c.Seq
		return
	}
	next := &chain{room: c.room, left: c.left - 1, end: c.end}
	next.Post.Post = c.Post.Post
	next.Owner = next
	if done, _ := c.room.TryPost(&next.Post); !done {
		panic("the inbox is full")
	}
}

func (c *chain) Wake() {}

// One call processes a bounded number of batches; the rest is not forgotten.
func TestProcessingIsBoundedAndGoesOn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h, _ := newHub(t, usual, ample)
		r := open(t, h, "go")
		c := &chain{room: r, left: 10 * maxBatches, end: make(chan uint64, 1)}
		c.Post.Post = compose("bob", "", "on and on").Post.Post
		c.Owner = c
		r.TryPost(&c.Post)
		if !r.processing.tryRun() {
			t.Fatal("somebody is processing")
		}
		if more := r.process(); !more || r.Head() > maxBatches {
			t.Errorf("one call has published %d batches; more: %v", r.Head(), more)
		}
		r.processing.park()
		r.TryProcess()
		if seq := <-c.end; seq != 10*maxBatches+1 {
			t.Errorf("the last post got number %d", seq)
		}
	})
}

// A blocker counts the calls of Block.
type blocker chan bool

func (c blocker) Block() { c <- true }

func (c blocker) want(t *testing.T, what string, calls int) {
	t.Helper()
	if len(c) != calls {
		t.Errorf("%s called Block %d times, want %d", what, len(c), calls)
	}
	for len(c) > 0 {
		<-c
	}
}

func TestBlockIsCalledBeforeWaiting(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h, store := newHub(t, usual, ample)
		r := open(t, h, "go")
		c := make(blocker, 10)
		m := NewMember(r, 1, Nick{Shown: "alice"}, noWake)
		m.Join(c)
		c.want(t, "JOIN of an empty room", 0)
		m.Rename(c, Nick{Shown: "alison"})
		m.Leave(c, "leave")
		m.Join(c)
		c.want(t, "leaving and joining a small room", 0)
		_, err := h.Open(t.Context(), c, "go")
		c.want(t, "opening a room in use", 0)
		store.intercept(func(method string) error {
			if method == "Room" {
				c <- <-c // or golf might be loaded before anybody has to wait for it
			}
			return nil
		})
		golf, err2 := h.Open(t.Context(), c, "golf")
		c.want(t, "opening another", 1)
		if err != nil || err2 != nil {
			t.Fatal(err, err2)
		}
		if err := h.Create(c, history.Room{Name: parseRoom(t, "go")}, 0); err != history.ErrExists {
			t.Errorf("making a room in use: %v", err)
		}
		c.want(t, "making a room in use", 0)
		if err := h.Create(c, history.Room{Name: parseRoom(t, "new")}, 0); err != nil {
			t.Errorf("making a room: %v", err)
		}
		c.want(t, "making a room", 1)
		m.Leave(c, "")
		for i := range uint64(maxQuickWakes + 1) {
			join(t, r, 2+i, "bob", 0)
		}
		m = NewMember(r, 1, Nick{Shown: "alice"}, noWake)
		m.Join(c)
		c.want(t, "JOIN of a room with many members", 1)
		m.Leave(nil, "")
		r.Release()
		golf.Release()
	})
}
