package hub

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"linechat/chatd/internal/backplane"
	"linechat/chatd/internal/history"
)

var guest = history.Owner{Guest: true}

func mustCreate(t testing.TB, h *Hub, name string, of history.Owner) {
	t.Helper()
	if err := h.Create(nil, history.Room{Name: parseRoom(t, name), Maker: "alice", Owner: of}, 0); err != nil {
		t.Fatalf("Create %s: %v", name, err)
	}
}

// roomNames returns the rooms that there are.
func roomNames(t testing.TB, h *Hub) string {
	t.Helper()
	rooms, all, err := h.Listings(t.Context(), "", "a", 99)
	if n := h.Figures().Rooms; err != nil || all != len(rooms) || n != all {
		t.Errorf("of %d rooms %d are listed and %d counted, %v", all, len(rooms), n, err)
	}
	var names []string
	for _, r := range rooms {
		names = append(names, r.Name.Shown)
	}
	return strings.Join(names, " ")
}

func TestGuestsRoomThatNobodyUsesGoesAfterADay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h, _ := newHub(t, Config{MaxRooms: 20, Presence: 50}, ample)
		for name, of := range map[string]history.Owner{
			"unused": guest, "posted": guest, "member": guest, "account": {Account: 7}, "nobody": {},
		} {
			mustCreate(t, h, name, of)
		}
		say(t, open(t, h, "posted"), "hi").want(t, 1, nil)
		r, err := h.Open(t.Context(), nil, "member")
		if err != nil {
			t.Fatal(err)
		}
		alice := join(t, r, 1, "alice", 0)
		pass(unusedFor - time.Minute)
		if got, want := roomNames(t, h), "account go golf member nobody posted unused"; got != want {
			t.Errorf("before a day has passed there are %s, want %s", got, want)
		}
		pass(time.Minute + unusedEvery)
		if got, want := roomNames(t, h), "account go golf member nobody posted"; got != want {
			t.Errorf("after a day there are %s, want %s", got, want)
		}
		if _, err := h.Open(t.Context(), nil, "unused"); !errors.Is(err, history.ErrNoRoom) {
			t.Errorf("Open: %v", err)
		}
		mustCreate(t, h, "unused", guest)
		alice.Leave(nil, "leave")
		r.Release()
		pass(unusedEvery + time.Minute)
		if got, want := roomNames(t, h), "account go golf nobody posted unused"; got != want {
			t.Errorf("after the last member has left there are %s, want %s", got, want)
		}
	})
}

// Whoever opens a room that is being deleted waits, and finds none, or the one that has the
// name then; and a deletion that fails takes nothing away.
func TestUnusedRoomIsOpenedWhileItGoes(t *testing.T) {
	for name, test := range map[string]struct {
		drop, open error
		create     bool
	}{
		"gone":    {nil, history.ErrNoRoom, false},
		"again":   {nil, nil, true},
		"failed":  {history.ErrFailed, nil, false},
		"unknown": {history.ErrUnknown, nil, false},
	} {
		bubble(t, name, func(t *testing.T) {
			h, store := newHub(t, usual, ample)
			mustCreate(t, h, "unused", guest)
			gate := make(chan struct{})
			store.intercept(func(method string) error {
				if method != "DropUnused" {
					return nil
				}
				<-gate
				return test.drop
			})
			pass(unusedFor + unusedEvery)
			opened := make(chan error)
			go func() {
				r, err := h.Open(t.Context(), nil, "unused")
				if err == nil {
					r.Release()
				}
				opened <- err
			}()
			synctest.Wait()
			if test.create {
				if err := store.Memory.DropUnused(t.Context(), "unused", time.Now()); err != nil {
					t.Fatal(err)
				}
				mustCreate(t, h, "unused", history.Owner{Account: 1})
			}
			select {
			case err := <-opened:
				t.Errorf("Open has not waited: %v", err)
			default:
			}
			close(gate)
			if err := <-opened; !errors.Is(err, test.open) {
				t.Errorf("Open: %v, want %v", err, test.open)
			}
		})
	}
}

func TestRoomsOfGuestsAndAccountsAreBounded(t *testing.T) {
	h, store := newHub(t, Config{MaxRooms: 60}, ample) // two of them are there
	account := history.Owner{Account: 1}
	create := func(h *Hub, of history.Owner, upto int) (made int, err error) {
		for ; made < upto && err == nil; made++ {
			name := parseRoom(t, fmt.Sprintf("room-%d-%t-%d", of.Account, of.Guest, h.Figures().Rooms))
			if err = h.Create(nil, history.Room{Name: name, Owner: of}, 0); err != nil {
				return made, err
			}
		}
		return made, nil
	}
	for _, test := range []struct {
		of         history.Owner
		upto, made int
		err        error
	}{
		{guest, 99, 30, ErrTooManyOfGuests},
		{account, 20, 20, nil},
		{history.Owner{}, 99, 8, ErrTooManyRooms},
	} {
		if made, err := create(h, test.of, test.upto); made != test.made || err != test.err {
			t.Errorf("%+v made %d rooms, %v; want %d, %v", test.of, made, err, test.made, test.err)
		}
	}
	again, err := New(t.Context(), store, backplane.NewLocal(store, nil), Config{MaxRooms: 100})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(again.Close)
	if made, err := create(again, account, 99); made != backplane.MaxAccountRooms-20 || err != ErrTooManyOfAccount {
		t.Errorf("after a restart the account made %d further rooms, %v", made, err)
	}
}
