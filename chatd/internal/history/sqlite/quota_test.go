package sqlite_test

import (
	"errors"
	"strings"
	"testing"

	"linechat/chatd/internal/history"
	"linechat/chatd/internal/history/sqlite"
)

func TestLimitIsDecidedWhenTheDirectoryIsMade(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	auto := sqlite.Config{MaxStore: sqlite.MaxStoreAuto}
	s := open(t, dir, sqlite.Config{MaxStore: 1 << 20})
	create(t, s, "go")
	if got := s.MaxStore(); got != 1<<20 {
		t.Errorf("the limit is %d, want that of the configuration", got)
	}
	shut(t, s)
	s = open(t, dir, auto)
	made := s.MaxStore()
	if made <= 0 || made > 10e9 {
		t.Errorf("the limit is %d, want at most 10 GB", made)
	}
	shut(t, s)
	change(t, dir, sqlite.DBFile, "UPDATE meta SET value = value / 2 WHERE key = 'max_store'")
	s = open(t, dir, auto)
	if got := s.MaxStore(); got != made/2 {
		t.Errorf("the limit is %d when it is opened again, want %d as the file says", got, made/2)
	}
	shut(t, s)
	change(t, dir, sqlite.DBFile, "DELETE FROM meta WHERE key = 'max_store'") // as an older chatd has made it
	if got := open(t, dir, auto).MaxStore(); got != 0 {
		t.Errorf("of an older file the limit is %d, want none", got)
	}
}

func TestStoreBeyondItsLimit(t *testing.T) {
	t.Parallel()
	const limit = 1 << 20
	dir, book := t.TempDir(), &logbook{}
	s := open(t, dir, sqlite.Config{MaxStore: limit, Log: book.log(), Retain: sqlite.Retain{Size: 2 * limit}})
	create(t, s, "go", "golf")
	next := uint64(1)
	grow := func() (used int64) {
		list := posts(next, make([]string, 20)...)
		for i := range list {
			list[i].Text = strings.Repeat("x", 1000)
		}
		if got := <-start(s, "go", list); got.err != nil {
			t.Fatal(got.err)
		}
		next += 20
		caughtUp(t, s)
		s.Measure()
		used, err := s.Used(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		return used
	}
	for _, bound := range []struct {
		guest bool
		limit int64
	}{{true, limit}, {false, limit + limit/10}} {
		used := int64(0)
		for used <= bound.limit {
			if err := s.Admit(bound.guest); err != nil {
				t.Fatalf("with %d bytes in use: %v", used, err)
			}
			used = grow()
		}
		var full *history.LimitError
		if err := s.Admit(bound.guest); !errors.As(err, &full) || !errors.Is(err, history.ErrFailed) || *full != (history.LimitError{Limit: bound.limit, Guest: bound.guest}) {
			t.Errorf("with %d bytes in use: %v (%+v)", used, err, full)
		}
	}
	drop(t, s, "go")
	gone(t, s)
	s.Measure()
	if err := errors.Join(s.Admit(true), s.Admit(false)); err != nil {
		t.Errorf("after a room was dropped: %v", err)
	}
	for line, want := range map[string]int{"--retain size is above --max-store": 1, "is as large as --max-store allows": 1, "smaller than --max-store again": 1} {
		if got := book.count(line); got != want {
			t.Errorf("logged %d times that it %s: %s", got, line, book.lines)
		}
	}
}

func TestStoreWithoutALimit(t *testing.T) {
	t.Parallel()
	s := open(t, t.TempDir(), sqlite.Config{})
	create(t, s, "go")
	post(t, s, "go", 1, texts(100)...)
	if err := errors.Join(s.Admit(true), s.Admit(false)); err != nil || s.MaxStore() != 0 {
		t.Errorf("%v, of a limit of %d", err, s.MaxStore())
	}
}
