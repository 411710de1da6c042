package hub

import (
	"fmt"
	"strings"
	"testing"
	"testing/synctest"

	"linechat/chatd/internal/backplane"
	"linechat/chatd/internal/history"
)

// bubble is a subtest in a synctest bubble.

func bubble(t *testing.T, name string, f func(t *testing.T)) {
	t.Run(name, func(t *testing.T) { synctest.Test(t, f) })
}

// The failure of a load that began before CREATE must not reach whoever opens the room

// after CREATE.

// Nor must a failure that others still hold a reference to.

func TestCreateIsBoundedByMaxRooms(t *testing.T) {
	h, store := newHub(t, Config{MaxRooms: 3}, ample) // two of them are there
	create := func(name string) error {
		return h.Create(nil, history.Room{Name: parseRoom(t, name), Maker: "alice"}, 0)
	}
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
	if f := h.Figures(); f.Rooms != 3 || f.MaxRooms != 3 {
		t.Errorf("%d rooms are counted of at most %d, want 3 of 3", f.Rooms, f.MaxRooms)
	}
	again, err := New(t.Context(), store, backplane.NewLocal(store, nil), Config{MaxRooms: 3})
	if err != nil {
		t.Fatal(err)
	}
	if err := again.Create(nil, history.Room{Name: parseRoom(t, "more"), Maker: "alice"}, 0); err != ErrTooManyRooms {
		t.Errorf("Create in another hub over the store: %v", err)
	}
}

func TestListings(t *testing.T) {
	h, _ := newHub(t, usual, ample)
	for _, name := range []string{"Zoo", "a", "b", "c"} {
		if err := h.Create(nil, history.Room{Name: parseRoom(t, name), Topic: "about " + name, Maker: "alice"}, 0); err != nil {
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
