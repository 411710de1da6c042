package hub

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"linechat/chatd/internal/history"
)

// bubble is a subtest in a synctest bubble.
func bubble(t *testing.T, name string, f func(t *testing.T)) {
	t.Run(name, func(t *testing.T) { synctest.Test(t, f) })
}

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
		if err := h.Create(t.Context(), nil, name, "", "alice"); err != nil {
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
	if err := h.Create(t.Context(), nil, parseRoom(t, "Zoo"), "animals", "alice"); err != nil {
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

// The failure of a load that began before CREATE must not reach whoever opens the room
// after CREATE.
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
		if err := h.Create(t.Context(), nil, parseRoom(t, "zoo"), "", "alice"); err != nil {
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

// Nor must a failure that others still hold a reference to.
func TestFailedRoomIsNotShared(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h, _ := newHub(t, usual, ample)
		missing, _ := h.acquire("zoo")
		<-missing.ready
		if err := h.Create(t.Context(), nil, parseRoom(t, "zoo"), "", "alice"); err != nil {
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
				m := NewMember(r, uint64(i), "nick", noWake)
				head, _ := m.Join(nil)
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

func TestPresenceIsSentInSmallRooms(t *testing.T) {
	for presence, want := range []string{
		"",
		"",
		"JOINED go bob\nLEFT go bert lost\n",
		"JOINED go bob\nJOINED go carol\nRENAMED go bob bert\nLEFT go carol leave\nLEFT go bert lost\n",
	} {
		t.Run(fmt.Sprint("up to ", presence), func(t *testing.T) {
			h, _ := newHub(t, Config{MaxRooms: 10, Presence: presence, LogBytes: ample}, ample)
			r := open(t, h, "go")
			alice, bob, carol := join(t, r, 1, "alice", 0), join(t, r, 2, "bob", 0), join(t, r, 3, "carol", 0)
			bob.Rename(nil, "bert")
			carol.Leave(nil, "leave")
			bob.Leave(nil, "lost")
			alice.Leave(nil, "")
			wantLines(t, read(t, alice, ReadOptions{Session: 1}), want)
			if r.Members() != 0 {
				t.Errorf("%d members", r.Members())
			}
		})
	}
}

func TestEventsWakeMembers(t *testing.T) {
	h, _ := newHub(t, usual, ample)
	r := open(t, h, "go")
	woken := 0
	NewMember(r, 1, "alice", func() { woken++ }).Join(nil)
	if head := r.log.head(); head.pos != 1 {
		t.Error("who joins an empty room is announced to nobody")
	}
	bob := NewMember(r, 2, "bob", noWake)
	for i, event := range []func(){
		func() { bob.Join(nil) },
		func() { bob.Rename(nil, "bert") },
		func() { bob.Leave(nil, "leave") },
		func() {
			if err := r.SetTopic(t.Context(), 2, Topic{"new", "bert"}); err != nil {
				t.Error(err)
			}
		},
	} {
		if event(); woken != i+1 {
			t.Errorf("after event %d alice was woken %d times", i+1, woken)
		}
	}
}

// Whoever wakes the members goes through them without a lock.
func TestLeaveDoesNotChangeTheMembersBeingWoken(t *testing.T) {
	h, _ := newHub(t, usual, ample)
	r := open(t, h, "go")
	alice, bob := join(t, r, 1, "alice", 0), join(t, r, 2, "bob", 0)
	woken := *r.members.Load()
	alice.Leave(nil, "leave")
	join(t, r, 3, "carol", 0)
	if !slices.Equal(woken, []*Member{alice, bob}) {
		t.Errorf("they were alice and bob, and are %v", woken)
	}
}

func TestTopicsAreSentInTheOrderOfTheStore(t *testing.T) {
	h, store := newHub(t, usual, ample)
	r := open(t, h, "go")
	alice := join(t, r, 1, "alice", 0)
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			for j := range 20 {
				if err := r.SetTopic(t.Context(), 2, Topic{fmt.Sprint(i, " ", j), "bob"}); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	var told []string
	for line := range strings.Lines(read(t, alice, ReadOptions{})) {
		told = append(told, strings.TrimSuffix(strings.TrimPrefix(line, "TOPIC go bob "), "\n"))
	}
	if !slices.Equal(told, store.topics) {
		t.Errorf("told   %q\nstored %q", told, store.topics)
	}
	if got, last := r.Topic(), store.topics[len(store.topics)-1]; got.Text != last {
		t.Errorf("the topic is %+v, stored is %q", got, last)
	}
}

// A topicHook is a store that calls hook with the context of SetTopic.
type topicHook struct {
	history.Store
	hook func(ctx context.Context)
}

func (s topicHook) SetTopic(ctx context.Context, fold, topic, nick string) error {
	s.hook(ctx)
	return s.Store.SetTopic(ctx, fold, topic, nick)
}

// A topic that may be stored is not given up, for the members must be told of it.
func TestTopicUnderWayIsNotCancelled(t *testing.T) {
	h, store := newHub(t, usual, ample)
	r := open(t, h, "go")
	ctx, cancel := context.WithCancel(t.Context())
	h.store = topicHook{store, func(ctx context.Context) {
		cancel()
		if ctx.Err() != nil {
			t.Error("the store is told to give up")
		}
	}}
	if err := r.SetTopic(ctx, 2, Topic{"new", "bob"}); err != nil || r.Topic().Text != "new" {
		t.Errorf("the topic is %+v, %v", r.Topic(), err)
	}
}

func TestWhoIsSorted(t *testing.T) {
	h, _ := newHub(t, usual, ample)
	r := open(t, h, "go")
	for i, nick := range []string{"carol", "alice", "bob"} {
		join(t, r, uint64(i), nick, 0)
	}
	if nicks := r.Who(); !slices.Equal(nicks, []string{"alice", "bob", "carol"}) {
		t.Errorf("WHO: %v", nicks)
	}
}

func TestTopicThatIsNotStoredIsNotSent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h, store := newHub(t, usual, ample)
		r := open(t, h, "go")
		alice := join(t, r, 1, "alice", 0)
		store.intercept(fails("SetTopic", history.ErrFailed))
		if err := r.SetTopic(t.Context(), 2, Topic{"fails", "bob"}); err != history.ErrFailed {
			t.Errorf("SetTopic: %v", err)
		}

		gate := make(chan struct{})
		store.intercept(hangs("SetTopic", gate))
		stored := make(chan error, 1)
		go func() { stored <- r.SetTopic(t.Context(), 2, Topic{"hangs", "bob"}) }()
		synctest.Wait()
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if err := r.SetTopic(ctx, 2, Topic{"given up", "bob"}); err != context.Canceled {
			t.Errorf("SetTopic after one that hangs: %v", err)
		}
		say(t, r, "meanwhile").want(t, 1, nil)
		if r.Topic() != (Topic{}) {
			t.Errorf("the topic is %+v", r.Topic())
		}
		close(gate)
		if err := <-stored; err != nil {
			t.Error(err)
		}
		wantLines(t, read(t, alice, ReadOptions{}), "MSG go 1 bob meanwhile\nTOPIC go bob hangs\n")
	})
}

func TestCreateIsBoundedByMaxRooms(t *testing.T) {
	h, store := newHub(t, Config{MaxRooms: 3}, ample) // two of them are there
	create := func(name string) error { return h.Create(t.Context(), nil, parseRoom(t, name), "", "alice") }
	store.intercept(fails("Create", history.ErrFailed))
	if err := create("zoo"); err != history.ErrFailed {
		t.Errorf("a store that fails: %v", err)
	}
	store.intercept(nil)
	for _, step := range []struct {
		name string
		want error
	}{
		{"g0", history.ErrExists},
		{"zoo", nil},
		{"more", ErrTooManyRooms},
	} {
		if err := create(step.name); err != step.want {
			t.Errorf("Create %s: %v, want %v", step.name, err, step.want)
		}
	}
	if n := h.roomCount.Load(); n != 3 {
		t.Errorf("%d rooms are counted, want 3", n)
	}
	again, err := New(t.Context(), store, Config{MaxRooms: 3})
	if err != nil {
		t.Fatal(err)
	}
	if err := again.Create(t.Context(), nil, parseRoom(t, "more"), "", "alice"); err != ErrTooManyRooms {
		t.Errorf("Create in another hub over the store: %v", err)
	}
}

func TestListings(t *testing.T) {
	h, _ := newHub(t, usual, ample)
	for _, name := range []string{"Zoo", "a", "b", "c"} {
		if err := h.Create(t.Context(), nil, parseRoom(t, name), "about "+name, "alice"); err != nil {
			t.Fatal(err)
		}
	}
	for i, fold := range []string{"zoo", "go", "zoo", "c"} {
		join(t, open(t, h, fold), uint64(i), fmt.Sprint("user", i), 0)
	}
	if err := open(t, h, "c").SetTopic(t.Context(), 0, Topic{"new", "bob"}); err != nil {
		t.Fatal(err)
	}
	open(t, h, "b") // in use, but without members
	for _, test := range []struct {
		name, prefix, after string
		limit, all          int
		want                string
	}{
		{"the busiest first", "", "", 99, 6, "Zoo 2 about Zoo, c 1 new, go 1 , a 0 about a, b 0 about b, golf 0 "},
		{"not all", "", "", 4, 6, "Zoo 2 about Zoo, c 1 new, go 1 , a 0 about a"},
		{"of a prefix", "go", "", 99, 2, "go 1 , golf 0 "},
		{"after one, in order", "", "b", 3, 6, "c 1 new, go 1 , golf 0 "},
		{"the last", "", "golf", 99, 6, "Zoo 2 about Zoo"},
		{"of a prefix, after one", "go", "go", 99, 2, "golf 0 "},
		{"none", "x", "", 99, 0, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			list, all, err := h.Listings(t.Context(), test.prefix, test.after, test.limit)
			var rooms []string
			for _, l := range list {
				rooms = append(rooms, fmt.Sprint(l.Name.Shown, " ", l.Members, " ", l.Topic))
			}
			if got := strings.Join(rooms, ", "); got != test.want || all != test.all || err != nil {
				t.Errorf("got %q of %d, %v; want %q of %d", got, all, err, test.want, test.all)
			}
		})
	}
}
