package sqlite_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"linechat/chatd/internal/history"
	"linechat/chatd/internal/history/sqlite"
)

// noted posts to a room, every third post with the word "third", and returns the
// numbers of those.
func noted(t testing.TB, s history.Store, fold string, first uint64, n int) (third []uint64) {
	t.Helper()
	list := texts(n)
	for i := range list {
		if seq := first + uint64(i); seq%3 == 0 {
			list[i] += " third"
			third = append(third, seq)
		}
	}
	post(t, s, fold, first, list...)
	return third
}

func caughtUp(t testing.TB, s *sqlite.Store) {
	t.Helper()
	if err := s.Indexed(t.Context()); err != nil {
		t.Fatal(err)
	}
}

// finds checks that searches of two rooms find what noted has posted.
func finds(t testing.TB, s history.Store, third []uint64) {
	t.Helper()
	for _, fold := range []string{"go", "golf"} {
		if got := find(t, s, fold, "third"); !slices.Equal(got, third) {
			t.Errorf("room %s: found %d, want %d", fold, got, third)
		}
		if got := find(t, s, fold, "fourth"); len(got) != 0 {
			t.Errorf("room %s: found %d, want nothing", fold, got)
		}
	}
}

// indexedStore fills a store in a new directory, waits for its index and closes
// it.
func indexedStore(t testing.TB, n int) (dir string, third []uint64) {
	t.Helper()
	dir = t.TempDir()
	s := open(t, dir, sqlite.Config{})
	create(t, s, "go", "golf")
	third = noted(t, s, "go", 1, n)
	noted(t, s, "golf", 1, n)
	caughtUp(t, s)
	shut(t, s)
	return dir, third
}

// TestSearchIsTheSameBeforeAndAfterIndexing has part of a room indexed and part
// not.
func TestSearchIsTheSameBeforeAndAfterIndexing(t *testing.T) {
	t.Parallel()
	dir, third := indexedStore(t, 30)
	s := open(t, dir, sqlite.Config{})
	finds(t, s, third)
	holdIndex(t, dir)
	noted(t, s, "golf", 31, 30)
	third = append(third, noted(t, s, "go", 31, 30)...)
	finds(t, s, third)
	for limit := range len(third) {
		q := history.Query{Terms: []history.Term{{Words: []string{"third"}}}, Limit: limit + 1}
		hits, err := s.Search(t.Context(), "go", q)
		if want := third[len(third)-limit-1:]; !slices.Equal(hits.Seqs, want) || err != nil {
			t.Errorf("the newest %d: %d, %v; want %d", limit+1, hits.Seqs, err, want)
		}
	}
}

// TestIndexIsMadeAnew opens a store whose search.db is of no use.
func TestIndexIsMadeAnew(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name  string
		spoil func(t *testing.T, path string)
	}{
		{"missing", func(t *testing.T, path string) {
			if err := os.Remove(path); err != nil {
				t.Fatal(err)
			}
		}},
		{"empty", func(t *testing.T, path string) { write(t, path, nil) }},
		{"a text", func(t *testing.T, path string) { write(t, path, []byte(strings.Repeat("words\n", 5000))) }},
		{"cut short", func(t *testing.T, path string) { write(t, path, read(t, path)[:6000]) }},
		{"overwritten at the beginning", func(t *testing.T, path string) { overwrite(t, path, 0, 100) }},
		{"overwritten in the middle", func(t *testing.T, path string) { overwrite(t, path, 4096, 1<<30) }},
		{"another store's", func(t *testing.T, path string) {
			dir, _ := indexedStore(t, 10)
			write(t, path, read(t, filepath.Join(dir, sqlite.IndexFile)))
		}},
		{"of another program", func(t *testing.T, path string) {
			write(t, path, nil)
			change(t, filepath.Dir(path), sqlite.IndexFile, "CREATE TABLE words (word TEXT)")
		}},
		{"of a newer chatd", func(t *testing.T, path string) {
			change(t, filepath.Dir(path), sqlite.IndexFile, "PRAGMA user_version=9")
		}},
		{"behind a chat.db that was restored", func(t *testing.T, path string) {
			change(t, filepath.Dir(path), sqlite.IndexFile, "UPDATE meta SET value = 1000 WHERE key = 'upto'")
		}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			dir, third := indexedStore(t, 30)
			test.spoil(t, filepath.Join(dir, sqlite.IndexFile))
			s := open(t, dir, sqlite.Config{})
			finds(t, s, third)
			noted(t, s, "go", 31, 2)
			caughtUp(t, s)
			finds(t, s, third)
			if got := words(t, s); got != 62 {
				t.Errorf("%d posts are indexed, want 62", got)
			}
		})
	}
}

// overwrite overwrites bytes of a file with others.
func overwrite(t testing.TB, path string, from, to int) {
	t.Helper()
	data := read(t, path)
	rng := rand.New(rand.NewPCG(uint64(from), 1))
	for i := from; i < min(to, len(data)); i++ {
		data[i] ^= byte(1 + rng.IntN(255))
	}
	write(t, path, data)
}

// TestDamageThatASearchMeets spoils the pages with the words, which opening does
// not look at.
func TestDamageThatASearchMeets(t *testing.T) {
	t.Parallel()
	dir, third := indexedStore(t, 30)
	damageWords(t, dir)
	var book logbook
	s := open(t, dir, sqlite.Config{Log: book.log()})
	for range 3 {
		finds(t, s, third)
	}
	caughtUp(t, s)
	finds(t, s, third)
	if got := words(t, s); got != 60 {
		t.Errorf("%d posts are indexed, want 60: %s", got, book.lines)
	}
}

// TestDamageThatASearchMeetsWakesTheIndexer spoils the words when the indexer has nothing
// to do, so that only the search can have it look.
func TestDamageThatASearchMeetsWakesTheIndexer(t *testing.T) {
	t.Parallel()
	dir, third := indexedStore(t, 30)
	var book logbook
	s := open(t, dir, sqlite.Config{Log: book.log()})
	for seq := uint64(31); seq <= 32; seq++ { // after the second it has no wake-up left
		noted(t, s, "go", seq, 1)
		caughtUp(t, s)
	}
	damageWords(t, dir)
	finds(t, s, third)
	caughtUp(t, s)
	finds(t, s, third)
	if got, anew := words(t, s), book.count("made anew"); got != 62 || anew != 1 {
		t.Errorf("%d posts are indexed and the index was made anew %d times, want 62 and once: %s", got, anew, book.lines)
	}
}

// damageWords spoils the pages with the words.
func damageWords(t *testing.T, dir string) {
	t.Helper()
	conn := rawConn(t, dir, sqlite.IndexFile)
	execute(t, conn, "PRAGMA busy_timeout=5000")
	execute(t, conn, "PRAGMA writable_schema=ON")
	execute(t, conn, "UPDATE words_data SET block = zeroblob(9) WHERE id > 10")
	if err := conn.Close(); err != nil {
		t.Fatal(err)
	}
}

// TestIndexMayBeMissing opens a store that can have no search.db.
func TestIndexMayBeMissing(t *testing.T) {
	t.Parallel()
	dir, third := indexedStore(t, 30)
	path := filepath.Join(dir, sqlite.IndexFile)
	if err := errors.Join(os.Remove(path), os.MkdirAll(filepath.Join(path, "in the way"), 0o700)); err != nil {
		t.Fatal(err)
	}
	s := open(t, dir, sqlite.Config{Retain: sqlite.Retain{Posts: 1000, Size: 1 << 30}})
	finds(t, s, third)
	noted(t, s, "go", 31, 2)
	if err := s.Keep(t.Context()); err != nil {
		t.Error(err)
	}
	finds(t, s, third)
	if err := os.RemoveAll(path); err != nil {
		t.Fatal(err)
	}
	caughtUp(t, s)
	finds(t, s, third)
}

// TestClosingInterruptsIndexing closes a store again and again before its index
// is done.
func TestClosingInterruptsIndexing(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	var third []uint64
	for i := range 4 {
		s := open(t, dir, sqlite.Config{})
		if i == 0 {
			create(t, s, "go", "golf")
		}
		third = append(third, noted(t, s, "go", uint64(i*30+1), 30)...)
		noted(t, s, "golf", uint64(i*30+1), 30)
		if i%2 == 0 {
			finds(t, s, third)
		}
		shut(t, s)
	}
	s := open(t, dir, sqlite.Config{})
	finds(t, s, third)
	caughtUp(t, s)
	finds(t, s, third)
	if got := words(t, s); got != 240 {
		t.Errorf("%d posts are indexed, want 240", got)
	}
}

// TestSearchSaysWhatTimeDidNotAllow has others keep every connection to the
// index.
func TestSearchSaysWhatTimeDidNotAllow(t *testing.T) {
	t.Parallel()
	dir, _ := indexedStore(t, 30)
	s := open(t, dir, sqlite.Config{})
	caughtUp(t, s)
	holdIndex(t, dir)
	noted(t, s, "go", 31, 3)
	defer occupied(t, s.UseIndex, sqlite.IndexReaders)()
	q := history.Query{Terms: []history.Term{{Words: []string{"third"}}}, After: 3, Limit: 99}
	hits, err := s.Search(t.Context(), "go", q)
	if fmt.Sprint(hits) != "{[33] 4 30}" || err != nil {
		t.Errorf("got %v, %v; want 33, and 4 to 30 missed", hits, err)
	}
	q.Limit = 1
	hits, err = s.Search(t.Context(), "go", q)
	if fmt.Sprint(hits) != "{[33] 0 0}" || err != nil {
		t.Errorf("the newest: got %v, %v; want 33", hits, err)
	}
}

// TestIndexerRestsInFloodsOnly: what a flood has left is indexed at once when the
// flood is over, though posts go on coming in.
func TestIndexerRestsInFloodsOnly(t *testing.T) {
	t.Parallel()
	const step = 10 * time.Millisecond
	for committed, want := range map[int64]time.Duration{
		0: 0, 1: 0, sqlite.FloodRows - 1: 0, sqlite.FloodRows: 19 * step, 100_000: 19 * step,
	} {
		if got := sqlite.Rest(step, committed); got != want {
			t.Errorf("%d posts were committed during a step: rests %v, want %v", committed, got, want)
		}
	}
}

// TestIndexForgets drops posts before and after they are indexed, and those that
// it is being told of when the store is closed.
func TestIndexForgets(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	config := sqlite.Config{Retain: sqlite.Retain{Posts: 5}}
	s := open(t, dir, config)
	create(t, s, "go", "golf")
	for i := range uint64(4) {
		noted(t, s, "go", i*20+1, 20)
		noted(t, s, "golf", i*20+1, 20)
		if i%2 == 0 {
			caughtUp(t, s)
		}
		if err := s.Keep(t.Context()); err != nil {
			t.Fatal(err)
		}
		finds(t, s, [][]uint64{{18}, {36, 39}, {57, 60}, {78}}[i])
	}
	caughtUp(t, s)
	if got := words(t, s); got != 10 {
		t.Errorf("%d posts are indexed, want 10", got)
	}
	noted(t, s, "go", 81, 20)
	caughtUp(t, s)
	if err := s.Keep(t.Context()); err != nil {
		t.Fatal(err)
	}
	shut(t, s)
	s = open(t, dir, config)
	if got := find(t, s, "go", "third"); !slices.Equal(got, []uint64{96, 99}) {
		t.Errorf("found %d, want 96 and 99", got)
	}
}

// TestIndexForgetsFullBatches drops as many posts as the indexer removes in exactly two
// batches, and nothing wakes it between these.
func TestIndexForgetsFullBatches(t *testing.T) {
	t.Parallel()
	const kept = 5
	s := open(t, t.TempDir(), sqlite.Config{})
	create(t, s, "go")
	noted(t, s, "go", 1, 2*sqlite.IndexRows+kept)
	caughtUp(t, s)
	s.SetRetain(sqlite.Retain{Posts: kept})
	if err := s.Keep(t.Context()); err != nil {
		t.Fatal(err)
	}
	caughtUp(t, s)
	if got := words(t, s); got != kept {
		t.Errorf("%d posts are indexed, want %d", got, kept)
	}
}
