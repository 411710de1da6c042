package hub

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"testing/synctest"

	"linechat/chatd/internal/history"
)

// startDrop has the room go dropped, which waits for posts under way.
func startDrop(t *testing.T, h *Hub) (ended <-chan error) {
	t.Helper()
	c := make(chan error, 1)
	go func() {
		_, _, err := h.Drop(t.Context(), nil, "go")
		c <- err
	}()
	synctest.Wait()
	return c
}

// A post that was taken before the room is dropped is stored and answered, and its members
// read it. A later one finds no room.
func TestDropAnswersPostsUnderWay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h, store := newHub(t, usual, ample)
		r := open(t, h, "go")
		alice := join(t, r, 1, "alice", 0)
		store.hold()
		one := say(t, r, "one")
		synctest.Wait()
		two := say(t, r, "two")
		synctest.Wait()
		ended := startDrop(t, h)
		three := say(t, r, "three")
		three.want(t, 0, history.ErrNoRoom)
		(<-store.held).succeed()
		one.want(t, 1, nil)
		(<-store.held).succeed()
		two.want(t, 2, nil)
		if err := <-ended; err != nil {
			t.Errorf("Drop: %v", err)
		}
		wantLines(t, read(t, alice, ReadOptions{}), "MSG go 1 bob one\nMSG go 2 bob two\n")
	})
}

// Nothing of a room is left for those who still refer to it.
func TestDroppedRoomIsGone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h, _ := newHub(t, usual, ample)
		r := open(t, h, "go")
		alice, bob := join(t, r, 1, "alice", 0), join(t, r, 2, "bob", 0)
		_, members, err := h.Drop(t.Context(), nil, "go")
		if err != nil || !slices.Equal(members, []*Member{alice, bob}) {
			t.Errorf("Drop returned %v, %v", members, err)
		}
		read(t, alice, ReadOptions{})
		alice.Leave(nil, "leave")
		bob.Rename(nil, Nick{Shown: "robert"})
		wantLines(t, read(t, alice, ReadOptions{}), "")
		if r.Members() != 0 || len(r.Who()) != 0 {
			t.Errorf("%d members: %v", r.Members(), r.Who())
		}
		_, errJoin := joined(NewMember(r, 3, Nick{Shown: "carol"}, noWake))
		_, errOpen := h.Open(t.Context(), nil, "go")
		_, errPage := r.Page(t.Context(), 1, 1)
		_, _, errDrop := h.Drop(t.Context(), nil, "go")
		for what, err := range map[string]error{
			"Join": errJoin, "Open": errOpen, "Page": errPage, "Drop": errDrop,
			"SetTopic": r.SetTopic(t.Context(), 1, Topic{"news", "alice"}),
		} {
			if !errors.Is(err, history.ErrNoRoom) {
				t.Errorf("%s: %v", what, err)
			}
		}
		say(t, r, "late").want(t, 0, history.ErrNoRoom)
	})
}

func joined(m *Member) (head uint64, err error) {
	head, _, err = m.Join(nil)
	return head, err
}

// A room that has the name of a dropped one has nothing of it, and neither do members of
// that one read it.
func TestRoomOfADroppedName(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h, _ := newHub(t, Config{MaxRooms: 2, Presence: 50}, tiny)
		r := open(t, h, "go")
		alice := join(t, r, 1, "alice", 0)
		compose("bob", "k", "keyed").to(t, r).want(t, 1, nil)
		fill(t, r, 60, 1000) // more than the log holds: alice has to read the store
		if _, _, err := h.Drop(t.Context(), nil, "go"); err != nil {
			t.Fatal(err)
		}
		if err := h.Create(nil, history.Room{Name: parseRoom(t, "Go"), Maker: "carol"}, 0); err != nil {
			t.Fatal(err)
		}
		again := open(t, h, "go")
		if again == r || again.Head() != 0 || again.Name().Shown != "Go" {
			t.Errorf("the room has %d posts", again.Head())
		}
		compose("bob", "k", "another").to(t, again).want(t, 1, nil)
		got := read(t, alice, ReadOptions{})
		first, last, ok := gapIn(got)
		if !ok || first != 1 {
			t.Fatalf("alice reads %.200q", got)
		}
		if len(got) > 0 && last < 61 {
			wantRun(t, got, last+1, 61)
		}
	})
}

// gapIn returns the numbers of the GAP that lines begin with.
func gapIn(lines string) (from, to uint64, ok bool) {
	n, _ := fmt.Sscanf(lines, "GAP go %d %d dropped\n", &from, &to)
	return from, to, n == 2
}

// A room whose deletion fails, or is given up, goes on.
func TestDropThatFails(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h, store := newHub(t, usual, ample)
		r := open(t, h, "go")
		store.hold()
		one := say(t, r, "one")
		synctest.Wait()
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if _, _, err := h.Drop(ctx, nil, "go"); !errors.Is(err, context.Canceled) {
			t.Errorf("Drop: %v", err)
		}
		store.pass()
		(<-store.held).succeed()
		one.want(t, 1, nil)
		say(t, r, "two").want(t, 2, nil)
		if _, _, err := h.Drop(t.Context(), nil, "nowhere"); !errors.Is(err, history.ErrNoRoom) {
			t.Errorf("Drop: %v", err)
		}
	})
}

// Where the store cannot say whether a room is deleted, it is asked.
func TestDropOfUnknownOutcome(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h, store := newHub(t, usual, ample)
		r := open(t, h, "go")
		store.intercept(fails("DropRoom", history.ErrUnknown))
		if _, _, err := h.Drop(t.Context(), nil, "go"); err != nil {
			t.Errorf("Drop: %v", err)
		}
		say(t, r, "late").want(t, 0, history.ErrNoRoom)
	})
}
