package sqlite_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"linechat/chatd/internal/history/sqlite"
)

func size(t *testing.T, dir, file string) int64 {
	t.Helper()
	info, err := os.Stat(filepath.Join(dir, file))
	if err != nil {
		t.Fatal(err)
	}
	return info.Size()
}

// TestLogIsMeasured compares what the committer takes the length of the WAL for
// with what it is, for posts short and long.
func TestLogIsMeasured(t *testing.T) {
	t.Parallel()
	for name, texts := range map[string][]string{
		"lines": texts(40), "one line": {"x"}, "pastes": {strings.Repeat("x", 60_000), strings.Repeat("y", 60_000)}, "empty": {},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			s := open(t, dir, sqlite.Config{})
			create(t, s, "go")
			before := size(t, dir, sqlite.DBFile+"-wal")
			counted := s.LogPages()
			for range 10 {
				if got := <-start(s, "go", posts(1, texts...)); got.err != nil {
					t.Fatal(got.err)
				}
			}
			pages, counted := (size(t, dir, sqlite.DBFile+"-wal")-before)/4120, s.LogPages()-counted
			if counted < pages*2/3 || counted > pages*3+50 {
				t.Errorf("%d pages are taken for %d", pages, counted)
			}
		})
	}
}

// TestLogIsMovedIntoTheFile posts so much that it is done when all is quiet, and
// has the log be used again.
func TestLogIsMovedIntoTheFile(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := open(t, dir, sqlite.Config{})
	create(t, s, "go")
	text := strings.Repeat("x", 60_000)
	var most int64
	for i := range uint64(4) {
		caughtUp(t, s) // the indexer reads what is in the log
		post(t, s, "go", i*10+1, text, text, text, text, text, text, text, text, text, text)
		if size := size(t, dir, sqlite.DBFile+"-wal"); i < 2 {
			most = size
		} else if size > most {
			t.Errorf("the log has %d bytes, and had %d", size, most)
		}
		for moved := int64(i+1) * 600_000; size(t, dir, sqlite.DBFile) < moved; {
			<-time.After(5 * time.Millisecond)
		}
	}
}
