package storetest

import (
	"maps"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"linechat/chatd/internal/history"
	"linechat/chatd/proto"
)

func keepsRoom(t *testing.T, s history.Store) {
	create(t, s, "Café")
	want := room(t, "Café")
	want.First = 1
	if got := load(t, s, want.Name.Fold); got != want {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
}

func refusesNameInUse(t *testing.T, s history.Store) {
	create(t, s, "Go", "Lab", "lol")
	for _, name := range []string{"Go", "go", "GO", "ｇｏ", "g0", "G0", "lab", "1o1", "ioi"} {
		t.Run(name, func(t *testing.T) {
			other := room(t, name)
			other.Topic = "another"
			if err := s.Create(t.Context(), other); err != history.ErrExists {
				t.Errorf("got %v, want ErrExists", err)
			}
		})
	}
	if got := load(t, s, "go"); got.Topic != "about Go" || got.Name.Shown != "Go" {
		t.Errorf("the room has changed: %+v", got)
	}
	if _, all, err := s.Rooms(t.Context(), "", "", 0); all != 3 || err != nil {
		t.Errorf("%d rooms, %v; want 3", all, err)
	}
	create(t, s, "gol") // looks like none of them
}

func createsOnce(t *testing.T, s history.Store) {
	var made, refused atomic.Int32
	var wg sync.WaitGroup
	for _, r := range []history.Room{room(t, "go"), room(t, "GO"), room(t, "g0"), room(t, "Go")} {
		wg.Go(func() {
			switch err := s.Create(t.Context(), r); err {
			case nil:
				made.Add(1)
			case history.ErrExists:
				refused.Add(1)
			default:
				t.Errorf("Create %s: %v", r.Name.Shown, err)
			}
		})
	}
	wg.Wait()
	if made.Load() != 1 || refused.Load() != 3 {
		t.Errorf("%d made and %d refused, want 1 and 3", made.Load(), refused.Load())
	}
}

func knowsNoRoom(t *testing.T, s history.Store) {
	create(t, s, "go")
	isNoRoom(t, s, "golf")
}

// isNoRoom checks what each method answers of a room that is not there.
func isNoRoom(t *testing.T, s history.Store, fold string) {
	t.Helper()
	for name, call := range map[string]func() error{
		"Room":     func() error { _, err := s.Room(t.Context(), fold); return err },
		"SetTopic": func() error { return s.SetTopic(t.Context(), fold, "balls", "bob") },
		"Page":     func() error { _, err := s.Page(t.Context(), fold, 1, 9, 999); return err },
		"Since":    func() error { _, err := s.Since(t.Context(), fold, noon); return err },
		"Search":   func() error { _, err := s.Search(t.Context(), fold, history.Query{Limit: 9}); return err },
		"DropRoom": func() error { return s.DropRoom(t.Context(), fold) },

		"DropUnused": func() error { return s.DropUnused(t.Context(), fold, noon) },
	} {
		if err := call(); err != history.ErrNoRoom {
			t.Errorf("%s: %v, want ErrNoRoom", name, err)
		}
	}
	if got := tryAppend(s, fold, []history.Post{{Time: noon, Kind: proto.MSG, Text: "fore"}}); got.err != history.ErrFailed {
		t.Errorf("Append: %v, want ErrFailed", got.err)
	}
}

func listsRooms(t *testing.T, s history.Store) {
	create(t, s, "zoo", "Go", "golf", "éclair", "goat", "a", "gopher")
	for _, test := range []struct {
		name, prefix, after string
		limit, all          int
		want                string
	}{
		{"all", "", "", 99, 7, "a Go goat golf gopher zoo éclair"},
		{"the first ones", "", "", 2, 7, "a Go"},
		{"how many only", "", "", 0, 7, ""},
		{"after a room", "", "golf", 2, 7, "gopher zoo"},
		{"after no room", "", "gob", 2, 7, "golf gopher"},
		{"after the last", "", "éclair", 2, 7, ""},
		{"of a prefix", "go", "", 99, 4, "Go goat golf gopher"},
		{"of a prefix, after the prefix itself", "go", "go", 2, 4, "goat golf"},
		{"of a prefix, after one before it", "go", "a", 99, 4, "Go goat golf gopher"},
		{"of a prefix, after one after it", "go", "zoo", 99, 4, ""},
		{"of no room's prefix", "h", "", 99, 0, ""},
		{"longer than any", "gophers", "", 99, 0, ""},
		{"not ASCII", "é", "", 99, 1, "éclair"},
	} {
		t.Run(test.name, func(t *testing.T) {
			rooms, all, err := s.Rooms(t.Context(), test.prefix, test.after, test.limit)
			var names []string
			for _, r := range rooms {
				names = append(names, r.Name.Shown)
			}
			if got := strings.Join(names, " "); got != test.want || all != test.all || err != nil {
				t.Errorf("got %q of %d, %v; want %q of %d", got, all, err, test.want, test.all)
			}
		})
	}
}

func setsTopic(t *testing.T, s history.Store) {
	create(t, s, "go", "golf")
	for _, topic := range []string{"generics", "", "iterators"} {
		if err := s.SetTopic(t.Context(), "go", topic, "bob"); err != nil {
			t.Fatal(err)
		}
		if got := load(t, s, "go"); got.Topic != topic || got.TopicBy != "bob" {
			t.Errorf("topic %q by %s, want %q by bob", got.Topic, got.TopicBy, topic)
		}
	}
	if got := load(t, s, "golf"); got.Topic != "about golf" || got.Head != 0 {
		t.Errorf("another room has changed: %+v", got)
	}
}

// createOwned creates a room with an owner, made at a time.
func createOwned(t *testing.T, s history.Store, name string, of history.Owner, made time.Time) {
	t.Helper()
	r := room(t, name)
	r.Owner, r.Made = of, made
	if err := s.Create(t.Context(), r); err != nil {
		t.Fatalf("Create %s: %v", name, err)
	}
}

func countsRooms(t *testing.T, s history.Store) {
	for name, of := range map[string]history.Owner{
		"a": {Guest: true}, "b": {Guest: true}, "c": {Account: 7}, "d": {Account: 9}, "e": {Account: 7}, "f": {},
	} {
		createOwned(t, s, name, of, noon)
		if got := load(t, s, name).Owner; got != of {
			t.Errorf("room %s is of %+v, want %+v", name, got, of)
		}
		if err := s.SetTopic(t.Context(), name, "new", "bob"); err != nil || load(t, s, name).Owner != of {
			t.Errorf("with another topic room %s is of %+v, %v", name, load(t, s, name).Owner, err)
		}
	}
	counts := func(want history.Counts) {
		t.Helper()
		got, err := s.Counts(t.Context())
		if err != nil || got.All != want.All || got.Guests != want.Guests || !maps.Equal(got.Accounts, want.Accounts) {
			t.Errorf("got %+v, %v; want %+v", got, err, want)
		}
	}
	counts(history.Counts{All: 6, Guests: 2, Accounts: map[uint64]int{7: 2, 9: 1}})
	for _, fold := range []string{"a", "d"} {
		if err := s.DropRoom(t.Context(), fold); err != nil {
			t.Fatal(err)
		}
	}
	counts(history.Counts{All: 4, Guests: 1, Accounts: map[uint64]int{7: 2}})
}

func dropsUnused(t *testing.T, s history.Store) {
	guest := history.Owner{Guest: true}
	for _, name := range []string{"a", "b", "c", "posted"} {
		createOwned(t, s, name, guest, noon)
	}
	post(t, s, "posted", 1, "hi")
	createOwned(t, s, "young", guest, at(2))
	createOwned(t, s, "account", history.Owner{Account: 7}, noon)
	create(t, s, "nobody")
	for _, test := range []struct {
		before time.Time
		after  string
		limit  int
		want   string
	}{
		{at(2), "", 99, "a b c"},
		{at(3), "", 99, "a b c young"},
		{at(2), "", 2, "a b"},
		{at(2), "b", 99, "c"},
		{noon, "", 99, ""},
	} {
		got, err := s.Unused(t.Context(), test.before, test.after, test.limit)
		if strings.Join(got, " ") != test.want || err != nil {
			t.Errorf("before %v, after %q, at most %d: got %v, %v; want %s", test.before, test.after, test.limit, got, err, test.want)
		}
	}
	if err := s.DropUnused(t.Context(), "a", at(2)); err != nil {
		t.Errorf("DropUnused: %v", err)
	}
	isNoRoom(t, s, "a")
	createOwned(t, s, "a", guest, at(2))
	for _, fold := range []string{"a", "posted", "young", "account", "nobody"} {
		if err := s.DropUnused(t.Context(), fold, at(2)); err != history.ErrNoRoom {
			t.Errorf("DropUnused of room %s: %v, want ErrNoRoom", fold, err)
		}
		load(t, s, fold)
	}
	post(t, s, "a", 1, "new")
}
