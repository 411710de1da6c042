package sqlite_test

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"linechat/chatd/internal/backplane/machine"
	"linechat/chatd/internal/history"
	"linechat/chatd/internal/history/sqlite"
)

// untilSynced moves the WAL into the file, once those who read it for a moment let it.
func untilSynced(t *testing.T, s *sqlite.Store, want uint64) {
	t.Helper()
	for s.Checkpoint(); s.Copy().Synced() != want; s.Checkpoint() {
		select {
		case <-time.After(time.Millisecond):
		case <-t.Context().Done():
			t.Fatalf("synced up to %d, want %d", s.Copy().Synced(), want)
		}
	}
}

// TestSyncedFollowsCheckpoints: what a reader holds in the WAL is not synced yet.
func TestSyncedFollowsCheckpoints(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s, c := openCopy(t, dir)
	list := records()
	apply(t, c, list[:4]...)
	if c.Synced() != 0 {
		t.Errorf("synced up to %d without a checkpoint", c.Synced())
	}
	untilSynced(t, s, 4)
	reader := rawConn(t, dir, sqlite.DBFile)
	execute(t, reader, "BEGIN")
	number(t, reader, "SELECT count(*) FROM post")
	apply(t, c, list[4:]...)
	s.Checkpoint()
	if c.Synced() != 4 {
		t.Errorf("synced up to %d beside a reader, want 4", c.Synced())
	}
	execute(t, reader, "COMMIT")
	untilSynced(t, s, 12)
}

// TestNothingIsSyncedAfterASyncThatFailed has one checkpoint fail, and those after it succeed.
func TestNothingIsSyncedAfterASyncThatFailed(t *testing.T) {
	t.Parallel()
	var fails atomic.Bool
	var book logbook
	config := sqlite.Config{Shared: true, Log: book.log()}
	s := open(t, t.TempDir(), config.Around(func(query string, _ []any, run func() error) error {
		if fails.Load() && strings.HasPrefix(query, "PRAGMA wal_checkpoint") {
			return errGate
		}
		return run()
	}))
	c := s.Copy()
	apply(t, c, records()[:4]...)
	untilSynced(t, s, 4)
	for range 2 {
		fails.Store(true)
		s.Checkpoint()
		fails.Store(false)
	}
	apply(t, c, records()[:11]...)
	for !s.Checkpoint() {
		<-time.After(time.Millisecond)
	}
	if c.Synced() != 4 || c.Applied() != 11 {
		t.Errorf("synced up to %d of %d, want 4 of 11", c.Synced(), c.Applied())
	}
	if got := book.count("perhaps not on the disk"); got != 1 {
		t.Errorf("it is logged %d times: %s", got, book.lines)
	}
}

// TestRetentionLeavesACopyEqual: what it takes is not what the log knows of a room.
func TestRetentionLeavesACopyEqual(t *testing.T) {
	t.Parallel()
	whole, dir := t.TempDir(), t.TempDir()
	_, other := openCopy(t, whole)
	s := open(t, dir, sqlite.Config{Shared: true, Retain: sqlite.Retain{Posts: 1}})
	c := s.Copy()
	list := records()
	for i := range list {
		apply(t, other, list[i])
		apply(t, c, list[i])
		if err := s.Keep(t.Context()); err != nil {
			t.Fatal(err)
		}
		equal(t, whole, dir)
	}
	rooms := func(c *sqlite.Copy) (list []history.Room) {
		err := c.Rooms(func(r history.Room) error {
			r.First = 0
			list = append(list, r)
			return nil
		})
		if err != nil {
			t.Error(err)
		}
		return list
	}
	if r := load(t, s, "go"); r.First != 3 {
		t.Errorf("room go begins with post %d, want 3", r.First)
	}
	if got, want := rooms(c), rooms(other); len(got) != 3 || !slices.Equal(got, want) {
		t.Errorf("the rooms are %+v, want %+v", got, want)
	}
}

// TestReadingWaitsForWhatWasTold has a copy follow what was told a record later.
func TestReadingWaitsForWhatWasTold(t *testing.T) {
	t.Parallel()
	s, c := openCopy(t, t.TempDir())
	var told []machine.Result
	failed := fmt.Errorf("not stored: %w, %w", history.ErrUnknown, history.ErrFull)
	c.ReadAfter(func(context.Context) error {
		if told == nil {
			return failed
		}
		return c.Apply(told)
	})
	ctx := t.Context()
	reads := map[string]func() error{
		"Room":    func() error { _, err := s.Room(ctx, "go"); return err },
		"Page":    func() error { _, err := s.Page(ctx, "go", 1, 2, 1<<20); return err },
		"Since":   func() error { _, err := s.Since(ctx, "go", noon); return err },
		"Search":  func() error { _, err := s.Search(ctx, "go", history.Query{Limit: 1}); return err },
		"Rooms":   func() error { _, _, err := s.Rooms(ctx, "", "", 1); return err },
		"Account": func() error { _, err := s.Account(ctx, "bob"); return err },
	}
	for name, read := range reads {
		err := read()
		if name == "Rooms" && err == nil {
			continue // what there is
		}
		if !errors.Is(err, history.ErrUnread) || errors.Is(err, history.ErrUnknown) || errors.Is(err, history.ErrFull) {
			t.Errorf("%s: %v, want ErrUnread alone", name, err)
		}
	}
	told = records()[:2]
	has(t, s, "go", posts(1, "one", "two words"))
	told = records()
	for name, read := range reads {
		if err := read(); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	has(t, s, "go", posts(1, "one", "two words", "three"))
}

// TestReadingGoesOnWhileNothingCanBeStored: of posts what is there is read.
func TestReadingGoesOnWhileNothingCanBeStored(t *testing.T) {
	t.Parallel()
	s, c := openCopy(t, t.TempDir())
	apply(t, c, records()[:2]...)
	c.ReadAfter(func(context.Context) error { return history.ErrUnknown })
	ctx := t.Context()
	for _, to := range []uint64{2, 3} {
		if p, err := s.Page(ctx, "go", 1, to, 1<<20); err != nil || len(p.Posts) != 2 {
			t.Errorf("posts 1 to %d: %v, %v", to, p.Posts, err)
		}
	}
	if hits, err := s.Search(ctx, "go", history.Query{Nick: posts(1, "one")[0].Nick, Limit: 9}); err != nil || len(hits.Seqs) != 2 {
		t.Errorf("found are %v, %v", hits, err)
	}
	if seq, err := s.Since(ctx, "go", noon.AddDate(1, 0, 0)); err != nil || seq != 3 {
		t.Errorf("since a time to come: %d, %v", seq, err)
	}
	_, missing := s.Page(ctx, "go", 3, 3, 1<<20)
	_, head := s.Room(ctx, "go")
	_, account := s.Account(ctx, "bob")
	_, snapshot := c.Snapshot(ctx)
	for what, err := range map[string]error{"a post that is missing": missing, "a head": head, "an account": account, "a snapshot": snapshot} {
		if !errors.Is(err, history.ErrUnread) || errors.Is(err, history.ErrUnknown) {
			t.Errorf("%s: %v, want ErrUnread alone", what, err)
		}
	}
}

// TestWhatWasToldIsStoredInSpaceThatStaysFree: more is not told, for the copy is not ready.
func TestWhatWasToldIsStoredInSpaceThatStaysFree(t *testing.T) {
	t.Parallel()
	s := open(t, t.TempDir(), sqlite.Config{Shared: true, MinFree: math.MaxInt64})
	c := s.Copy()
	if err := c.Ready(); !errors.Is(err, history.ErrFull) {
		t.Errorf("the copy is ready: %v", err)
	}
	apply(t, c, records()...)
	has(t, s, "go", posts(1, "one", "two words", "three"))
}
