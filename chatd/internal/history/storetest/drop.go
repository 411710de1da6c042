package storetest

import (
	"fmt"
	"slices"
	"testing"

	"linechat/chatd/internal/history"
)

func drop(t *testing.T, s history.Store, fold string) {
	t.Helper()
	if err := s.DropRoom(t.Context(), fold); err != nil {
		t.Fatalf("DropRoom %s: %v", fold, err)
	}
}

func dropsRoom(t *testing.T, s history.Store) {
	create(t, s, "go", "golf", "empty")
	post(t, s, "go", 1, "one", "two")
	post(t, s, "golf", 1, "one", "two")
	want := load(t, s, "golf")
	drop(t, s, "go")
	drop(t, s, "empty")
	isNoRoom(t, s, "go")
	isNoRoom(t, s, "empty")
	if rooms, all, err := s.Rooms(t.Context(), "", "", 9); len(rooms) != 1 || all != 1 || err != nil {
		t.Errorf("listed are %+v of %d, %v; want golf alone", rooms, all, err)
	}
	if got := load(t, s, "golf"); got != want {
		t.Errorf("another room was %+v\nand is %+v", want, got)
	}
	post(t, s, "golf", 3, "three")
	if got := numbers(page(t, s, "golf", 1, 9, 9999).Posts); !slices.Equal(got, []uint64{1, 2, 3}) {
		t.Errorf("another room has %d, want 1 to 3", got)
	}
}

func dropsKeys(t *testing.T, s history.Store) {
	var want []keyed
	for _, k := range newest(postKeyed(t, s), 0) {
		if k.fold != "b" {
			want = append(want, k)
		}
	}
	drop(t, s, "b")
	create(t, s, "b")
	if got := tell(t, s, 0, 99); !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

// dropsForGood drops a room again and again, and makes another one of its name or of one
// that looks like it, and of another size.
func dropsForGood(t *testing.T, s history.Store) {
	for i, name := range []string{"Go", "go", "g0", "GO", "go"} {
		create(t, s, name)
		fold, own, before := room(t, name).Name.Fold, fmt.Sprint("own", i), fmt.Sprint("own", i-1)
		if r := load(t, s, fold); r.First != 1 || r.Head != 0 || !r.Last.IsZero() || r.Name.Shown != name {
			t.Errorf("the new room is %+v", r)
		}
		post(t, s, fold, 1, slices.Repeat([]string{"all " + own}, 2+3*i%7)...)
		p := page(t, s, fold, 1, 99, 9999)
		if p.First != 1 || !isRun(p.Posts, 1) || p.Posts[0].Text != "all "+own {
			t.Errorf("room %s has from %d on %+v", name, p.First, p.Posts)
		}
		all := fmt.Sprint(numbers(p.Posts))
		for word, want := range map[string]string{"all": all, own: all, before: "[]"} {
			if got := search(t, s, fold, history.Query{Terms: words(word), Limit: 99}); got != want {
				t.Errorf("%s in room %s is found in %s, want %s", word, name, got, want)
			}
		}
		drop(t, s, fold)
	}
}
