package sqlite_test

import (
	"context"
	"slices"
	"sync"
	"testing"

	"linechat/chatd/internal/history"
	"linechat/chatd/internal/history/sqlite"
	"linechat/chatd/internal/history/sqlite/internal/db"
)

// TestSearchesHaveTheirOwnReaders has nothing left to read with but what searches
// read with: so many of them at a time cannot hold up what else reads.
func TestSearchesHaveTheirOwnReaders(t *testing.T) {
	t.Parallel()
	s := open(t, t.TempDir(), sqlite.Config{})
	create(t, s, "go")
	post(t, s, "go", 1, "needle", "hay")
	defer occupied(t, s.UseReader, sqlite.Readers)()
	hits, err := s.Search(t.Context(), "go", history.Query{Terms: []history.Term{{Words: []string{"needle"}}}, Limit: 9})
	if err != nil || !slices.Equal(hits.Seqs, []uint64{1}) || hits.MissedTo != 0 {
		t.Errorf("found %+v, %v", hits, err)
	}
}

// occupied has n connections of a pool be in use, until release.
func occupied(t *testing.T, use func(context.Context, func(*db.Conn) error) error, n int) (release func()) {
	t.Helper()
	taken, end := make(chan struct{}), make(chan struct{})
	var users sync.WaitGroup
	for range n {
		users.Go(func() {
			err := use(t.Context(), func(*db.Conn) error {
				taken <- struct{}{}
				<-end
				return nil
			})
			if err != nil {
				t.Error(err)
			}
		})
	}
	for range n {
		<-taken
	}
	return func() {
		close(end)
		users.Wait()
	}
}
