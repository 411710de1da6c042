package hub

import (
	"testing"
	"testing/synctest"

	"linechat/chatd/internal/history"
)

// Work while others are at the room is theirs, or the room's goroutine's.
func TestWorkIsDoneWhoeverIsAtTheRoom(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h, _ := newHub(t, usual, ample)
		r := open(t, h, "go")
		free, taken := compose("bob", "", "free"), compose("bob", "", "taken")

		r.TryPost(&free.Post)
		r.TryProcess()
		select {
		case <-free.answered:
			free.want(t, 1, nil)
		default:
			t.Error("nobody was at the room, and the post was not answered at once")
		}

		if !r.processing.tryRun() {
			t.Fatal("somebody is at the room")
		}
		r.TryPost(&taken.Post)
		r.TryProcess() // does not wait
		if !r.processing.park() {
			t.Error("who was at the room is not told that there is more")
		}
		r.Notify()
		taken.want(t, 2, nil)
	})
}

// A chain is a post whose answer brings the next one.
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

// Who works at a room does so for a while at most; the rest is not forgotten.
func TestWorkEndsAndGoesOn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h, _ := newHub(t, usual, ample)
		r := open(t, h, "go")
		c := &chain{room: r, left: 10 * maxBatches, end: make(chan uint64, 1)}
		c.Post.Post = compose("bob", "", "on and on").Post.Post
		c.Owner = c
		r.TryPost(&c.Post)
		r.TryProcess()
		if r.Head() > maxBatches {
			t.Errorf("one call has published %d batches", r.Head())
		}
		if seq := <-c.end; seq != 10*maxBatches+1 {
			t.Errorf("the last post got number %d", seq)
		}
	})
}

// A caller is told before it waits.
type caller chan bool

func (c caller) Block() { c <- true }

func (c caller) want(t *testing.T, what string, yields int) {
	t.Helper()
	if len(c) != yields {
		t.Errorf("%s yielded %d times, want %d", what, len(c), yields)
	}
	for len(c) > 0 {
		<-c
	}
}

func TestCallersYieldBeforeTheyWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h, _ := newHub(t, usual, ample)
		r := open(t, h, "go")
		c := make(caller, 10)
		m := NewMember(r, 1, "alice", noWake)
		m.Join(c)
		c.want(t, "JOIN with nobody at the room", 0)
		m.Rename(c, "alison")
		m.Leave(c, "leave")
		m.Join(c)
		c.want(t, "a member of a small room", 0)
		_, err := h.Open(t.Context(), c, "go")
		c.want(t, "opening a room in use", 0)
		golf, err2 := h.Open(t.Context(), c, "golf")
		c.want(t, "opening another", 1)
		if err != nil || err2 != nil {
			t.Fatal(err, err2)
		}
		if err := h.Create(t.Context(), c, parseRoom(t, "go"), "", ""); err != history.ErrExists {
			t.Errorf("making a room in use: %v", err)
		}
		c.want(t, "making a room in use", 0)
		if err := h.Create(t.Context(), c, parseRoom(t, "new"), "", ""); err != nil {
			t.Errorf("making a room: %v", err)
		}
		c.want(t, "making a room", 1)
		m.Leave(c, "")
		for i := range uint64(maxQuickWakes + 1) {
			join(t, r, 2+i, "bob", 0)
		}
		m = NewMember(r, 1, "alice", noWake)
		m.Join(c)
		c.want(t, "JOIN of a room with many members", 1)
		m.Leave(nil, "")
		r.Release()
		golf.Release()
	})
}
