package storetest

import (
	"strings"
	"sync"
	"sync/atomic"
	"testing"

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
