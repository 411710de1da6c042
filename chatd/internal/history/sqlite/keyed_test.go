package sqlite_test

import (
	"fmt"
	"slices"
	"testing"

	"linechat/chatd/internal/history"
	"linechat/chatd/internal/history/sqlite"
	"linechat/chatd/proto"
)

// keys returns the keys that Keyed tells, since a second, at most limit.
func keys(t *testing.T, s history.Store, second uint64, limit int) (keys []string) {
	t.Helper()
	err := s.Keyed(t.Context(), at(second), limit, func(_ string, p *history.Post) { keys = append(keys, p.Once) })
	if err != nil {
		t.Error(err)
	}
	return keys
}

func postKey(t *testing.T, s history.Store, fold string, seq, second uint64) string {
	t.Helper()
	key := fmt.Sprintf("%s-%d", fold, second)
	p := history.Post{Time: at(second), Kind: proto.MSG, Nick: "alice", Text: "x", Once: key}
	if got := <-start(s, fold, []history.Post{p}); got != (outcome{first: seq}) {
		t.Fatal(got)
	}
	return key
}

// TestKeysAreFoundBehindWhatIsGone has ids between the keys of which retention
// has left nothing.
func TestKeysAreFoundBehindWhatIsGone(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	var want []string
	for i := range uint64(4) {
		s := open(t, dir, sqlite.Config{})
		if i == 0 {
			create(t, s, "go", "golf")
		}
		want = append(want, postKey(t, s, "go", i+1, 2*i+1), postKey(t, s, "golf", i+1, 2*i+2))
		shut(t, s)
		skipped := []int{1, sqlite.KeyedChunk, 3 * sqlite.KeyedChunk, 5}[i]
		change(t, dir, sqlite.DBFile, "INSERT OR REPLACE INTO meta SELECT 'last_id', max(id) + ? FROM post", skipped)
	}
	slices.Reverse(want)
	s := open(t, dir, sqlite.Config{})
	for second := range uint64(9) {
		for limit := range 9 {
			since := want[:8-max(second, 1)+1]
			if got := keys(t, s, second, limit); !slices.Equal(got, since[:min(limit, len(since))]) {
				t.Errorf("since second %d, at most %d: %s, want them of %s", second, limit, got, since)
			}
		}
	}
}

// TestDamagedPostLosesItsKeyOnly has a post in the middle whose text has changed.
func TestDamagedPostLosesItsKeyOnly(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := open(t, dir, sqlite.Config{})
	create(t, s, "go")
	first := postKey(t, s, "go", 1, 1)
	postKey(t, s, "go", 2, 2)
	last := postKey(t, s, "go", 3, 3)
	shut(t, s)
	change(t, dir, sqlite.DBFile, "UPDATE post SET text = 'changed' WHERE seq = 2")
	s = open(t, dir, sqlite.Config{})
	if got := keys(t, s, 1, 9); !slices.Equal(got, []string{last, first}) {
		t.Errorf("got %s, want %s and %s", got, last, first)
	}
}
