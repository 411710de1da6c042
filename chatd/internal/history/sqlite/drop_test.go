package sqlite_test

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"linechat/chatd/internal/history"
	"linechat/chatd/internal/history/sqlite"
	"linechat/chatd/internal/history/sqlite/internal/db"
	"linechat/chatd/internal/history/sqlite/offline"
)

func drop(t testing.TB, s *sqlite.Store, fold string) {
	t.Helper()
	if err := s.DropRoom(t.Context(), fold); err != nil {
		t.Fatal(err)
	}
}

// gone waits until nothing is left of rooms that were dropped.
func gone(t testing.TB, s *sqlite.Store) {
	t.Helper()
	if err := s.Gone(t.Context()); err != nil {
		t.Fatal(err)
	}
}

// traces returns the files in dir in which a word stands.
func traces(t testing.TB, dir, word string) (files []string) {
	t.Helper()
	list, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range list {
		if bytes.Contains(bytes.ToLower(read(t, filepath.Join(dir, file.Name()))), []byte(word)) {
			files = append(files, file.Name())
		}
	}
	return files
}

// A zoo is a store whose rooms have posts among one another's, of all sizes. Each room's
// name, topic and posts have a word that no other has.
type zoo struct {
	*sqlite.Store
	dir  string
	want map[string][]history.Post // by fold
}

func newZoo(t testing.TB, rooms, batches int) *zoo {
	dir := t.TempDir()
	z := &zoo{Store: open(t, dir, sqlite.Config{}), dir: dir, want: map[string][]history.Post{}}
	for i := range rooms {
		create(t, z, animal(i))
	}
	rng := rand.New(rand.NewPCG(1, 1))
	for range batches {
		word := animal(rng.IntN(rooms))
		list := posts(uint64(len(z.want[word])+1), make([]string, 1+rng.IntN(3))...)
		for i := range list {
			list[i].Text = strings.Repeat(word+" says moo ", 1+rng.IntN(40)*rng.IntN(4))
		}
		if got := <-start(z, word, list); got.err != nil {
			t.Fatal(got.err)
		}
		z.want[word] = append(z.want[word], list...)
	}
	caughtUp(t, z.Store)
	return z
}

func animal(i int) string { return fmt.Sprintf("%cheron%02d", 'a'+rune(i*7%26), i) }

// TestDroppedTextsAreGone drops one room after the other, and looks for its texts in the
// files: those of earlier ones have left space, into which SQLite has moved later ones.
func TestDroppedTextsAreGone(t *testing.T) {
	t.Parallel()
	const rooms = 12
	z := newZoo(t, rooms, 3000)
	for i := range rooms - 2 {
		word := animal(i)
		if got := traces(t, z.dir, word); len(got) < 2 {
			t.Fatalf("before it is dropped, %s is in %s alone", word, got)
		}
		drop(t, z.Store, word)
		delete(z.want, word)
		gone(t, z.Store)
		if got := traces(t, z.dir, word); len(got) > 0 {
			t.Errorf("%s is still in %s", word, got)
		}
	}
	for fold, want := range z.want {
		has(t, z, fold, want)
		if got := find(t, z.Store, fold, fold); len(got) != len(want) {
			t.Errorf("%d posts of room %s are found, want %d", len(got), fold, len(want))
		}
	}
	shut(t, z.Store)
	report, err := offline.CheckDir(t.Context(), z.dir, nil)
	sound(t, report, err)
	for i := range rooms - 2 {
		if got := traces(t, z.dir, animal(i)); len(got) > 0 {
			t.Errorf("when the store is closed, %s is in %s", animal(i), got)
		}
	}
}

// stuck has a store delete no posts.
func stuck() sqlite.Config {
	return sqlite.Config{}.Around(func(query string, _ []any, run func() error) error {
		if strings.HasPrefix(query, "DELETE FROM post") {
			return db.ErrDamaged // which is no reason to refuse anything else
		}
		return run()
	})
}

// A drop that is cut off half-way is finished when the store is opened again. Until then what
// is left of the room is neither damage nor exported, and no other room gets its id.
func TestDropThatIsCutOffIsFinished(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := open(t, dir, stuck())
	create(t, s, "aheron", "golf")
	post(t, s, "aheron", 1, "the aheron says moo", "again")
	want := post(t, s, "golf", 1, "fore")
	drop(t, s, "aheron")
	shut(t, s)

	report, err := offline.CheckDir(t.Context(), dir, nil)
	if sound(t, report, err); report.Rooms != 1 || report.Posts != 1 {
		t.Errorf("%d rooms and %d posts are there", report.Rooms, report.Posts)
	}
	s = open(t, dir, sqlite.Config{})
	create(t, s, "aheron")
	gone(t, s)
	if got := all(t, s, "aheron"); len(got.Posts) > 0 {
		t.Errorf("the new room has %s", show(got.Posts))
	}
	has(t, s, "golf", want)
	shut(t, s)
	if report, err = offline.CheckDir(t.Context(), dir, nil); report.Rooms != 2 || report.Posts != 1 {
		t.Errorf("%d rooms and %d posts are there", report.Rooms, report.Posts)
	}
	sound(t, report, err)
	if got := traces(t, dir, "says moo"); len(got) > 0 {
		t.Errorf("the posts are still in %s", got)
	}
}

// A drop that finds search.db damaged has it made anew, and is finished.
func TestDropThatFindsADamagedIndex(t *testing.T) {
	t.Parallel()
	dir, third := indexedStore(t, 30)
	var book logbook
	s := open(t, dir, sqlite.Config{Log: book.log()})
	create(t, s, "aheron")
	post(t, s, "aheron", 1, "the aheron says moo", "again")
	caughtUp(t, s)
	damageWords(t, dir)
	drop(t, s, "aheron")
	gone(t, s)
	caughtUp(t, s)
	finds(t, s, third)
	if got := book.count("level=WARN"); got != 1 || book.count("made anew") != 1 {
		t.Errorf("it was logged %q", book.lines)
	}
	if got := traces(t, dir, "aheron"); len(got) > 0 {
		t.Errorf("the room is still in %s", got)
	}
}

// A backup has nothing of a dropped room, even if its posts are not deleted yet.
func TestBackupHasNothingOfADroppedRoom(t *testing.T) {
	t.Parallel()
	const rooms, dropped = 6, 4
	z, to := newZoo(t, rooms, 3000), t.TempDir()
	shut(t, z.Store)
	s := open(t, z.dir, stuck())
	for i := range dropped {
		drop(t, s, animal(i))
		delete(z.want, animal(i))
	}
	report, err := offline.Backup(t.Context(), z.dir, filepath.Join(to, "backup"), nil)
	if sound(t, report, err); report.Rooms != rooms-dropped {
		t.Errorf("%d rooms are in it", report.Rooms)
	}
	if got := names(t, to); len(got) != 1 {
		t.Errorf("beside it there is %q", got)
	}
	for i := range dropped {
		if got := traces(t, to, animal(i)); len(got) > 0 {
			t.Errorf("%s is in the backup", animal(i))
		}
	}
	dir := restored(t, filepath.Join(to, "backup"))
	again := open(t, dir, sqlite.Config{})
	gone(t, again)
	for fold, want := range z.want {
		has(t, again, fold, want)
	}
}
