package sqlite_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"linechat/chatd/internal/history"
	"linechat/chatd/internal/history/sqlite"
)

// TestChangedPostIsNotRead changes what is stored of a post behind its sum's
// back.
func TestChangedPostIsNotRead(t *testing.T) {
	t.Parallel()
	whole, _ := indexedStore(t, 9)
	for _, query := range []string{
		"UPDATE post SET text = text || ' not' WHERE seq = 5",
		"UPDATE post SET text = '' WHERE seq = 5",
		"UPDATE post SET nick = 'mallory' WHERE seq = 5",
		"UPDATE post SET time = time + 1 WHERE seq = 5",
		"UPDATE post SET kind = 'ME' WHERE seq = 5",
		"UPDATE post SET once = 'key' WHERE seq = 5",
		"UPDATE post SET sum = sum + 1 WHERE seq = 5",
		"UPDATE post SET id = id + 1000 WHERE seq = 5",
		"UPDATE post SET nick = substr('alice', 1, 4), text = 'e' || text WHERE seq = 5",
		"UPDATE post SET text = (SELECT text FROM post WHERE seq = 6), sum = (SELECT sum FROM post WHERE seq = 6) WHERE seq = 5",
		"swap",
		"DELETE FROM post WHERE seq = 5",
	} {
		t.Run(query, func(t *testing.T) {
			t.Parallel()
			dir := crash(t, whole, sqlite.DBFile)
			changeFive(t, dir, query)
			s := open(t, dir, sqlite.Config{})
			for _, fold := range []string{"go", "golf"} {
				for from := range uint64(9) {
					page, err := s.Page(t.Context(), fold, from, 9, 1<<20)
					switch from = max(from, 1); {
					case from <= 5 && (!errors.Is(err, history.ErrUnread) || !strings.Contains(err.Error(), "chatd check")):
						t.Errorf("room %s from %d: %s, %v; want ErrUnread", fold, from, show(page.Posts), err)
					case from > 5 && (err != nil || len(page.Posts) != int(10-from)):
						t.Errorf("room %s from %d: %s, %v", fold, from, show(page.Posts), err)
					}
				}
				if p, err := s.Page(t.Context(), fold, 1, 4, 1<<20); len(p.Posts) != 4 || err != nil {
					t.Errorf("room %s before it: %s, %v", fold, show(p.Posts), err)
				}
				post(t, s, fold, 10, "and on")
			}
		})
	}
}

// changeFive carries a change out; "swap" changes the rooms of two posts.
func changeFive(t *testing.T, dir, query string) {
	t.Helper()
	if query != "swap" {
		change(t, dir, sqlite.DBFile, query)
		return
	}
	for _, step := range []string{"SET room = 9 WHERE room = 1", "SET room = 1 WHERE room = 2", "SET room = 2 WHERE room = 9"} {
		change(t, dir, sqlite.DBFile, "UPDATE post "+step+" AND seq = 5")
	}
}

func TestChangedRoomIsNotRead(t *testing.T) {
	t.Parallel()
	whole, _ := indexedStore(t, 9)
	for _, column := range []string{"look", "shown", "topic", "topic_by", "maker", "made", "first", "last", "sum"} {
		t.Run(column, func(t *testing.T) {
			t.Parallel()
			dir := crash(t, whole, sqlite.DBFile)
			change(t, dir, sqlite.DBFile, fmt.Sprintf("UPDATE room SET %s = %[1]s || 1 WHERE fold = 'go'", column))
			s := open(t, dir, sqlite.Config{})
			if r, err := s.Room(t.Context(), "go"); !errors.Is(err, history.ErrUnread) {
				t.Errorf("Room: %+v, %v; want ErrUnread", r, err)
			}
			if p, err := s.Page(t.Context(), "go", 1, 9, 999); !errors.Is(err, history.ErrUnread) {
				t.Errorf("Page: %+v, %v; want ErrUnread", p, err)
			}
			if r := load(t, s, "golf"); r.Head != 9 || r.Name.Shown != "golf" {
				t.Errorf("the other room is %+v", r)
			}
			if p := all(t, s, "golf"); len(p.Posts) != 9 {
				t.Errorf("the other room has %s", show(p.Posts))
			}
		})
	}
}
