package sqlite_test

import (
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"linechat/chatd/internal/account"
	"linechat/chatd/internal/history"
	"linechat/chatd/internal/history/sqlite"
	"linechat/chatd/internal/history/sqlite/internal/db"
	"linechat/chatd/internal/history/sqlite/offline"
	"linechat/chatd/proto"
)

// copied makes a copy of a shared log that has applied so many records, one post each in rooms
// go and golf by turns, an account and a value.
func copied(t *testing.T, records uint64) (dir string) {
	t.Helper()
	dir = t.TempDir()
	w, err := db.OpenWriter(dir, true, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	err = w.Transact(func(t *db.Tx) error {
		var rooms [2]int64
		for i, name := range []string{"go", "golf"} {
			rooms[i], err = t.Create(db.RoomRow{Room: history.Room{Name: proto.Name{Shown: name, Fold: name, Skeleton: name}, Made: noon, First: 1}})
			if err != nil {
				return err
			}
		}
		if _, err := t.CreateAccount(account.Account{Name: proto.Name{Shown: "bob", Fold: "bob", Skeleton: "bob"}, Hash: "h"}, noon); err != nil {
			return err
		}
		for n := range records {
			if err := t.Insert(rooms[n%2], posts(n/2+1, fmt.Sprint("record ", n))); err != nil {
				return err
			}
		}
		if err := t.Flush(); err != nil {
			return err
		}
		if err := t.Put([]byte("k"), []byte("v")); err != nil {
			return err
		}
		return t.SetApplied(records)
	})
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

// compared is what Compare says of two copies.
func compared(t *testing.T, one, other string) *offline.Comparison {
	t.Helper()
	c, err := offline.Compare(t.Context(), one, filepath.Join(other, sqlite.DBFile), nil)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestCopiesOfOneLogAreTheSame(t *testing.T) {
	t.Parallel()
	whole, behind := copied(t, 3000), copied(t, 2500)
	if c := compared(t, whole, copied(t, 3000)); !c.OK() || c.Rooms != 2 || c.Posts != 3000 || c.Accounts != 1 || c.Applied != [2]uint64{3000, 3000} {
		t.Errorf("two copies at one position: %+v", c.Report)
	}
	for _, pair := range [][2]string{{whole, behind}, {behind, whole}} {
		if c := compared(t, pair[0], pair[1]); !c.OK() || c.Posts != 2500 || c.Applied[0]+c.Applied[1] != 5500 {
			t.Errorf("one is behind: %+v", c.Report)
		}
	}
	s := open(t, behind, sqlite.Config{Shared: true, Retain: sqlite.Retain{Posts: 100}})
	if err := s.Keep(t.Context()); err != nil {
		t.Fatal(err)
	}
	if c := compared(t, whole, behind); !c.OK() || c.Posts != 200 {
		t.Errorf("retention has left 200 posts: %+v", c.Report)
	}
	shut(t, s)
}

// writes changes a copy as the store does, with checksums.
func writes(change func(*db.Tx) error) func(*testing.T, string) {
	return func(t *testing.T, dir string) {
		w, err := db.OpenWriter(dir, true, nil)
		if err != nil {
			t.Fatal(err)
		}
		if err := errors.Join(w.Transact(change), w.Close()); err != nil {
			t.Error(err)
		}
	}
}

// executes changes a copy as another program does.
func executes(query string) func(*testing.T, string) {
	return func(t *testing.T, dir string) { change(t, dir, sqlite.DBFile, query) }
}

// A difference is a change of one of two copies, whose posts have the ids of their records.
type difference struct {
	change func(*testing.T, string)
	want   []string
	behind []string // where the copy is behind as well; nil: want
}

func differences() map[string]difference {
	return map[string]difference{
		"a post": {writes(func(t *db.Tx) error {
			if err := t.Exec("DELETE FROM post WHERE id = 2001"); err != nil {
				return err
			}
			p := posts(1001, "another text")
			return t.Insert(1, p)
		}), []string{"room go: post 1001 differs, or is missing"}, nil},
		"two posts": {executes("DELETE FROM post WHERE id IN (101, 201, 202)"), []string{"room go: post 51 differs, or is missing", "room golf: post 101 differs, or is missing"}, nil},
		"the end":   {executes("DELETE FROM post WHERE id = 3000"), []string{"room golf differs in its name, topic, maker, times or last number, which is 1500, and 1499 in the other"}, []string{}},
		"a topic": {writes(func(t *db.Tx) error {
			r, err := t.Room("go")
			r.Topic = "another"
			return errors.Join(err, t.Update(&r))
		}), []string{"room go differs in its name, topic, maker, times or last number, which is 1500, and 1500 in the other"}, []string{}},
		"a room": {writes(func(t *db.Tx) error { return t.DropRoom("golf") }), []string{"room golf is in one of them only"}, []string{}},
		"an account": {writes(func(t *db.Tx) error {
			a, err := t.Account("bob")
			a.Hash = "another"
			return errors.Join(err, t.UpdateAccount(&a))
		}), []string{"the account of id 1 differs"}, []string{}},
		"a value":          {writes(func(t *db.Tx) error { return t.Put([]byte("k"), []byte("w")) }), []string{"the row of key 6b of the shared log differs"}, []string{}},
		"a value too many": {writes(func(t *db.Tx) error { return t.Put([]byte("m"), []byte("w")) }), []string{"the row of key 6d of the shared log differs"}, []string{}},
		"a value missing":  {writes(func(t *db.Tx) error { return t.Put([]byte("k"), nil) }), []string{"the row of key 6b of the shared log is in one of them only"}, []string{}},
	}
}

func TestDifferencesOfCopiesAreNamed(t *testing.T) {
	t.Parallel()
	whole := copied(t, 3000)
	for name, test := range differences() {
		t.Run(name, func(t *testing.T) {
			dir := crash(t, whole, sqlite.DBFile)
			test.change(t, dir)
			if c := compared(t, whole, dir); !slices.Equal(c.Problems, test.want) {
				t.Errorf("%q, want %q", c.Problems, test.want)
			}
			if test.behind == nil {
				test.behind = test.want
			}
			writes(func(t *db.Tx) error { return t.SetApplied(2999) })(t, dir)
			if c := compared(t, whole, dir); !slices.Equal(c.Problems, test.behind) {
				t.Errorf("behind: %q, want %q", c.Problems, test.behind)
			}
		})
	}
}

// TestCopiesThatCannotBeCompared are refused.
func TestCopiesThatCannotBeCompared(t *testing.T) {
	t.Parallel()
	whole, local, damaged := copied(t, 10), t.TempDir(), copied(t, 10)
	shut(t, open(t, local, sqlite.Config{}))
	change(t, damaged, sqlite.DBFile, "UPDATE room SET topic = 'not so'")
	for dir, want := range map[string]string{local: "no copy of a log", damaged: "is damaged", t.TempDir(): "no such file"} {
		if _, err := offline.Compare(t.Context(), whole, dir, nil); err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), dir) {
			t.Errorf("%s: %v, want %q", dir, err, want)
		}
	}
}
