package sqlite_test

import (
	"slices"
	"testing"

	"linechat/chatd/internal/history"
	"linechat/chatd/internal/history/sqlite"
)

// TestSearchesHaveTheirOwnReaders has nothing left to read with but what searches
// read with: so many of them at a time cannot hold up what else reads.
func TestSearchesHaveTheirOwnReaders(t *testing.T) {
	t.Parallel()
	s := open(t, t.TempDir(), sqlite.Config{})
	create(t, s, "go")
	post(t, s, "go", 1, "needle", "hay")
	for range s.Reader().Stats().MaxOpenConnections {
		conn, err := s.Reader().Conn(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
	}
	hits, err := s.Search(t.Context(), "go", history.Query{Terms: []history.Term{{Words: []string{"needle"}}}, Limit: 9})
	if err != nil || !slices.Equal(hits.Seqs, []uint64{1}) || hits.MissedTo != 0 {
		t.Errorf("found %+v, %v", hits, err)
	}
}
