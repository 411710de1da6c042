package hub

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"

	"linechat/chatd/internal/history"
)

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
			bob.Rename(nil, Nick{Shown: "bert"})
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

// A full room is as it was, whoever is refused; who leaves makes room.
func TestRoomOfMaxMembers(t *testing.T) {
	config := usual
	config.MaxMembers = 2
	h, _ := newHub(t, config, ample)
	r := open(t, h, "go")
	alice, bob := join(t, r, 1, "alice", 0), join(t, r, 2, "bob", 0)
	carol := NewMember(r, 3, Nick{Shown: "carol"}, noWake)
	if _, _, err := carol.Join(nil); err != ErrTooManyMembers {
		t.Errorf("the third: %v", err)
	}
	if f := h.Figures(); f.Members != 2 || f.RoomsInUse != 1 {
		t.Errorf("%d members in %d rooms in use, want 2 in 1", f.Members, f.RoomsInUse)
	}
	bob.Leave(nil, "leave")
	if _, members, err := carol.Join(nil); err != nil || members != 2 {
		t.Errorf("after one has left: %d members, %v", members, err)
	}
	wantLines(t, read(t, alice, ReadOptions{Session: 1}), "JOINED go bob\nLEFT go bob leave\nJOINED go carol\n")
}

func TestEventsWakeMembers(t *testing.T) {
	h, _ := newHub(t, usual, ample)
	r := open(t, h, "go")
	woken := 0
	NewMember(r, 1, Nick{Shown: "alice"}, func() { woken++ }).Join(nil)
	if head := r.log.head(); head.pos != 1 {
		t.Error("who joins an empty room is announced to nobody")
	}
	bob := NewMember(r, 2, Nick{Shown: "bob"}, noWake)
	for i, event := range []func(){
		func() { bob.Join(nil) },
		func() { bob.Rename(nil, Nick{Shown: "bert"}) },
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
	woken := r.members.Load().all
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
	h.replaceStore(topicHook{store, func(ctx context.Context) {
		cancel()
		if ctx.Err() != nil {
			t.Error("the store is told to give up")
		}
	}})
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
	if nicks := shown(r.Who()); !slices.Equal(nicks, []string{"alice", "bob", "carol"}) {
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
