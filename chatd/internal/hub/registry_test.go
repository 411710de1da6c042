package hub

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"linechat/chatd/internal/history"
)

func TestIdleRoomEndsAfterAWhile(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h, _ := newHub(t, usual, ample)
		first, err := h.Open(t.Context(), nil, "go")
		if err != nil {
			t.Fatal(err)
		}
		second := open(t, h, "go")
		if first != second {
			t.Error("two references to one room are to two")
		}
		golf, err := h.Open(t.Context(), nil, "golf")
		if err != nil {
			t.Fatal(err)
		}
		join(t, golf, 1, "alice", 0)
		first.Release()
		synctest.Wait()
		fill(t, second, 1, 100) // the other reference keeps the room in use
		golf.Release()
		<-time.After(idleFor / 2)
		if again, err := h.Open(t.Context(), nil, "golf"); again != golf || err != nil {
			t.Errorf("the room has not stayed for who comes again: %v", err)
		}
		<-time.After(idleFor)
		golf.Release()
		<-time.After(idleFor - 1)
		synctest.Wait()
		if n, _ := inUse(h); n != 2 {
			t.Errorf("before its time %d rooms are in use", n)
		}
		<-time.After(1)
		synctest.Wait()
		if n, idle := inUse(h); n != 1 || idle != 0 {
			t.Errorf("%d rooms are in use, %d of them idle", n, idle)
		}
	})
}

func TestIdleRoomCountsFromItsLastUse(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h, _ := newHub(t, usual, ample)
		for range 2 {
			r, err := h.Open(t.Context(), nil, "go")
			if err != nil {
				t.Fatal(err)
			}
			r.Release()
			<-time.After(idleFor - 1)
			synctest.Wait()
			if n, _ := inUse(h); n != 1 {
				t.Error("the room has ended before its time")
			}
		}
	})
}

func TestCloseWaitsForReferencesOnly(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h, _ := newHub(t, usual, ample)
		r, err := h.Open(t.Context(), nil, "go")
		if err != nil {
			t.Fatal(err)
		}
		closed := make(chan struct{})
		go func() { h.Close(); close(closed) }()
		synctest.Wait()
		select {
		case <-closed:
			t.Error("Close has not waited")
		default:
		}
		begin := time.Now()
		r.Release()
		<-closed
		if took := time.Since(begin); took > 0 {
			t.Errorf("after the last reference Close has waited for %v", took)
		}
	})
}

func inUse(h *Hub) (rooms, idle int) {
	h.mu.Lock()
	defer h.mu.Unlock()
	return len(h.rooms), h.idle
}

func TestIdleRoomsAreBounded(t *testing.T) {
	config := usual
	config.MaxRooms = 2 * maxIdle
	h, _ := newHub(t, config, ample)
	for i := range maxIdle + 10 {
		name := parseRoom(t, fmt.Sprint("room-", i))
		if err := h.Create(nil, history.Room{Name: name, Maker: "alice"}, 0); err != nil {
			t.Fatal(err)
		}
		r, err := h.Open(t.Context(), nil, name.Fold)
		if err != nil {
			t.Fatal(err)
		}
		r.Release()
	}
	if len(h.rooms) != maxIdle || h.idle != maxIdle {
		t.Errorf("%d rooms are in use, %d of them idle; want %d", len(h.rooms), h.idle, maxIdle)
	}
	h.Close()
	if len(h.rooms) != 0 || h.idle != 0 {
		t.Errorf("after the end %d rooms are in use, %d of them idle", len(h.rooms), h.idle)
	}
}

func TestReopenedRoomContinuesItsNumbers(t *testing.T) {
	h, _ := newHub(t, usual, ample)
	var topic Topic
	for head := uint64(0); head < 9; head += 3 {
		r, err := h.Open(t.Context(), nil, "go")
		if err != nil {
			t.Fatal(err)
		}
		if r.Head() != head || r.Members() != 0 || r.Topic() != topic {
			t.Errorf("the room has head %d, %d members and topic %v, want %d, 0 and %v", r.Head(), r.Members(), r.Topic(), head, topic)
		}
		m := join(t, r, 1, "alice", head)
		topic = Topic{fmt.Sprint("topic ", head), "bob"}
		if err := r.SetTopic(t.Context(), 2, topic); err != nil {
			t.Error(err)
		}
		fill(t, r, 3, 100)
		wantRun(t, read(t, m, ReadOptions{}), head+1, head+3)
		r.Release()
		h.Close()
		if len(h.rooms) != 0 || h.budget.used.Load() != 0 {
			t.Errorf("%d rooms are in use, %d bytes", len(h.rooms), h.budget.used.Load())
		}
	}
}

func TestOpenMissingRoom(t *testing.T) {
	h, _ := newHub(t, usual, ample)
	if r, err := h.Open(t.Context(), nil, "zoo"); r != nil || err != history.ErrNoRoom {
		t.Errorf("a missing room: %v, %v", r, err)
	}
	if n, idle := inUse(h); n != 0 || idle != 0 {
		t.Errorf("after that %d rooms are in use, %d of them idle", n, idle)
	}
	h.Close()
	if err := h.Create(nil, history.Room{Name: parseRoom(t, "Zoo"), Topic: "animals", Maker: "alice"}, 0); err != nil {
		t.Fatal(err)
	}
	r := open(t, h, "zoo")
	if r.Name().Shown != "Zoo" || r.Topic() != (Topic{"animals", "alice"}) || r.Head() != 0 {
		t.Errorf("%+v, %+v, %d", r.Name(), r.Topic(), r.Head())
	}
}

func TestOpenFailsWithTheStore(t *testing.T) {
	h, store := newHub(t, usual, ample)
	store.intercept(fails("Room", history.ErrFailed))
	if r, err := h.Open(t.Context(), nil, "go"); r != nil || err != history.ErrFailed {
		t.Errorf("Open: %v, %v", r, err)
	}
	store.intercept(nil)
	open(t, h, "go")
}

func TestRoomIsThereOnceItIsCreated(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h, store := newHub(t, usual, ample)
		gate := make(chan struct{})
		store.intercept(func(method string) error {
			if method != "Room" {
				return nil
			}
			store.intercept(nil) // for those that follow
			<-gate
			return history.ErrNoRoom
		})
		early, late := make(chan error), make(chan error)
		go func() { _, err := h.Open(t.Context(), nil, "zoo"); early <- err }()
		synctest.Wait()
		if err := h.Create(nil, history.Room{Name: parseRoom(t, "zoo"), Maker: "alice"}, 0); err != nil {
			t.Fatal(err)
		}
		go func() {
			r, err := h.Open(t.Context(), nil, "zoo")
			if err == nil {
				r.Release()
			}
			late <- err
		}()
		synctest.Wait()
		close(gate)
		if err := <-early; err != history.ErrNoRoom {
			t.Errorf("opened before it was made: %v", err)
		}
		if err := <-late; err != nil {
			t.Errorf("opened after it was made: %v", err)
		}
	})
}

func TestFailedRoomIsNotShared(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h, _ := newHub(t, usual, ample)
		missing, _ := h.acquire("zoo")
		<-missing.ready
		if err := h.Create(nil, history.Room{Name: parseRoom(t, "zoo"), Maker: "alice"}, 0); err != nil {
			t.Fatal(err)
		}
		open(t, h, "zoo")
		missing.Release()
	})
}

func TestOpenCanBeCancelledWhileTheStoreHangs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h, store := newHub(t, usual, ample)
		gate := make(chan struct{})
		store.intercept(hangs("Room", gate))
		ctx, giveUp := context.WithCancel(t.Context())
		hasty, patient := make(chan error), make(chan error)
		for _, fold := range []string{"go", "golf"} {
			go func() { _, err := h.Open(ctx, nil, fold); hasty <- err }()
		}
		go func() {
			r, err := h.Open(t.Context(), nil, "go")
			if err == nil {
				join(t, r, 1, "alice", 0)
				r.Release()
			}
			patient <- err
		}()
		synctest.Wait()
		giveUp()
		for range 2 {
			if err := <-hasty; err != context.Canceled {
				t.Errorf("given up: %v", err)
			}
		}
		if n, idle := inUse(h); n != 1 || idle != 0 {
			t.Errorf("one room is waited for, %d are in use, %d of them idle", n, idle)
		}
		close(gate)
		if err := <-patient; err != nil {
			t.Errorf("not given up: %v", err)
		}
		<-time.After(idleFor)
		synctest.Wait()
		if n, _ := inUse(h); n != 0 {
			t.Errorf("%d rooms are in use", n)
		}
	})
}

func TestRoomsAreOpenedAndReleasedConcurrently(t *testing.T) {
	const users, visits = 6, 100
	h, store := newHub(t, usual, ample)
	var wg sync.WaitGroup
	for i := range users {
		wg.Go(func() {
			for range visits {
				r, err := h.Open(t.Context(), nil, []string{"go", "golf", "zoo"}[i%3])
				if err != nil {
					if err != history.ErrNoRoom {
						t.Error(err)
					}
					continue
				}
				m := NewMember(r, uint64(i), Nick{Shown: "nick"}, noWake)
				head, _, _ := m.Join(nil)
				s := say(t, r, "hello")
				<-s.answered
				if m.Leave(nil, "leave"); s.Err != nil || s.Seq <= head {
					t.Errorf("joined after %d and got number %d, %v", head, s.Seq, s.Err)
				}
				r.Release()
			}
		})
	}
	wg.Wait()
	h.Close()
	for _, fold := range []string{"go", "golf"} {
		if row, err := store.Room(t.Context(), fold); row.Head != users/3*visits || err != nil {
			t.Errorf("room %s has head %d, %v", fold, row.Head, err)
		}
	}
	if len(h.rooms) != 0 || h.budget.used.Load() != 0 {
		t.Errorf("%d rooms are in use, %d bytes", len(h.rooms), h.budget.used.Load())
	}
}
