package sqlite_test

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"linechat/chatd/internal/history"
	"linechat/chatd/internal/history/sqlite"
	"linechat/chatd/internal/history/sqlite/internal/db"
	"linechat/chatd/proto"
)

// fill makes two rooms with posts of every kind and returns what they hold.
func fill(t *testing.T, s history.Store) map[string][]history.Post {
	t.Helper()
	create(t, s, "Café", "go")
	want := map[string][]history.Post{
		"go": {
			{Seq: 1, Time: at(1), Kind: proto.MSG, Nick: "alice", Text: "plain words"},
			{Seq: 2, Time: at(2).Add(time.Nanosecond), Kind: proto.ME, Nick: "Jürgen", Text: "waves"},
			{Seq: 3, Time: at(3), Kind: proto.MSG, Nick: "bob", Text: "of\n\nmany lines 'q' \"q\" \\ 😀 \x00.", Once: "5f3a9c01be774d20"},
		},
		"café": post(t, s, "café", 1, texts(40)...),
	}
	if got := <-start(s, "go", want["go"]); got != (outcome{first: 1}) {
		t.Fatal(got)
	}
	if err := s.SetTopic(t.Context(), "go", "generics", "bob"); err != nil {
		t.Fatal(err)
	}
	return want
}

// filled checks that a store has what fill has put there.
func filled(t *testing.T, s history.Store, want map[string][]history.Post) {
	t.Helper()
	for fold, posts := range want {
		has(t, s, fold, posts)
	}
	r := load(t, s, "go")
	if r.Topic != "generics" || r.TopicBy != "bob" || r.Maker != "alice" || !r.Made.Equal(noon) || r.First != 1 || r.Head != 3 || !r.Last.Equal(at(3)) {
		t.Errorf("room go is %+v", r)
	}
	if r := load(t, s, "café"); r.Name.Shown != "Café" || r.Head != 40 {
		t.Errorf("room café is %+v", r)
	}
	if got := find(t, s, "go", "words"); !slices.Equal(got, []uint64{1}) {
		t.Errorf("found %d, want 1", got)
	}
}

func TestEverythingOutlastsClosing(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "of", "several names, 100%?#é")
	s := open(t, dir, sqlite.Config{})
	want := fill(t, s)
	for range 2 {
		shut(t, s)
		s = open(t, dir, sqlite.Config{})
		filled(t, s, want)
	}
	want["café"] = append(want["café"], post(t, s, "café", 41, "after")...)
	if r := load(t, s, "café"); r.Head != 41 {
		t.Errorf("the head is %d, want 41", r.Head)
	}
	has(t, s, "café", want["café"])
	if err := s.Create(t.Context(), history.Room{Name: load(t, s, "go").Name}); err != history.ErrExists {
		t.Errorf("Create of a room of before: %v, want ErrExists", err)
	}
}

// crash copies a store that is in use as a crash would leave it.
func crash(t *testing.T, dir string, files ...string) string {
	t.Helper()
	to := t.TempDir()
	for _, file := range files {
		data, err := os.ReadFile(filepath.Join(dir, file))
		if err == nil {
			err = os.WriteFile(filepath.Join(to, file), data, 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	return to
}

func TestWhatIsAnsweredOutlastsACrash(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := open(t, dir, sqlite.Config{})
	want := fill(t, s)
	filled(t, open(t, crash(t, dir, sqlite.DBFile, sqlite.DBFile+"-wal"), sqlite.Config{}), want)
	if err := s.Indexed(t.Context()); err != nil {
		t.Fatal(err)
	}
	copied := crash(t, dir, sqlite.DBFile, sqlite.DBFile+"-wal", sqlite.IndexFile, sqlite.IndexFile+"-wal")
	again := open(t, copied, sqlite.Config{})
	filled(t, again, want)
	post(t, again, "go", 4, "and on it goes")
}

func TestDirectoryIsForOneStoreAtATime(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := open(t, dir, sqlite.Config{})
	create(t, s, "go")
	for range 2 {
		other, err := sqlite.Open(dir, sqlite.Config{})
		if !errors.Is(err, sqlite.ErrInUse) || !strings.Contains(err.Error(), fmt.Sprintf("process %d", os.Getpid())) || !strings.Contains(err.Error(), dir) {
			t.Fatalf("the second store: %v, %v", other, err)
		}
	}
	if err := os.Truncate(filepath.Join(dir, "lock"), 0); err != nil {
		t.Fatal(err)
	}
	if other, err := sqlite.Open(dir, sqlite.Config{}); !errors.Is(err, sqlite.ErrInUse) || strings.Contains(err.Error(), "process") {
		t.Fatalf("the second store, where the first could not write its number: %v, %v", other, err)
	}
	post(t, s, "go", 1, "undisturbed")
	shut(t, s)
	has(t, open(t, dir, sqlite.Config{}), "go", posts(1, "undisturbed"))
}

func TestFilesAreTheOwnersAlone(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "data")
	s := open(t, dir, sqlite.Config{})
	create(t, s, "go")
	post(t, s, "go", 1, "secret")
	if err := s.Indexed(t.Context()); err != nil {
		t.Fatal(err)
	}
	files, err := os.ReadDir(dir)
	if err != nil || len(files) != 7 { // two of SQLite, each with -wal and -shm, and lock
		t.Errorf("%d files, %v; want 7", len(files), err)
	}
	for _, name := range append(files, nil) {
		path := dir
		if name != nil {
			path = filepath.Join(dir, name.Name())
		}
		if info, err := os.Stat(path); err != nil || info.Mode().Perm()&0o077 != 0 {
			t.Errorf("%s: %v, %v", path, info.Mode(), err)
		}
	}
}

func TestCommitterSyncsAndReadersDoNotWrite(t *testing.T) {
	t.Parallel()
	s := open(t, t.TempDir(), sqlite.Config{})
	for pragma, want := range map[string]int64{
		"synchronous": 2, "wal_autocheckpoint": 0,
		"busy_timeout": 5000, "trusted_schema": 0, "application_id": 0x63686174, "user_version": 4,
	} {
		if got, err := s.Pragma(pragma); got != want || err != nil {
			t.Errorf("%s is %v, %v; want %v", pragma, got, err, want)
		}
	}
	err := s.UseReader(t.Context(), func(c *db.Conn) error { return c.Exec("DELETE FROM room") })
	if err == nil {
		t.Error("a reader can write")
	}
}

// TestForeignFilesAreRefusedAndLeftAlone tries files that are not to be written.
func TestForeignFilesAreRefusedAndLeftAlone(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name string
		make func(t *testing.T, dir string)
		want []string
	}{
		{"a newer schema", func(t *testing.T, dir string) {
			shut(t, open(t, dir, sqlite.Config{}))
			change(t, dir, sqlite.DBFile, "PRAGMA user_version=5")
		}, []string{"newer chatd", "schema 5", "up to 4", "backup"}},
		{"another program's", func(t *testing.T, dir string) {
			change(t, dir, sqlite.DBFile, "CREATE TABLE bookmark (url TEXT)")
		}, []string{"another program", "0x0"}},
		{"another program's, with its name", func(t *testing.T, dir string) {
			change(t, dir, sqlite.DBFile, "PRAGMA application_id=0x12345678")
		}, []string{"another program", "0x12345678"}},
		{"a text", func(t *testing.T, dir string) {
			write(t, filepath.Join(dir, sqlite.DBFile), []byte(strings.Repeat("to do: back this up\n", 500)))
		}, []string{"damaged", "chatd check", "backup"}},
		{"the beginning of one", func(t *testing.T, dir string) {
			shut(t, open(t, dir, sqlite.Config{}))
			path := filepath.Join(dir, sqlite.DBFile)
			write(t, path, read(t, path)[:5000])
		}, []string{"damaged", "chatd check", "backup"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			dir := t.TempDir()
			test.make(t, dir)
			path := filepath.Join(dir, sqlite.DBFile)
			before := read(t, path)
			s, err := sqlite.Open(dir, sqlite.Config{})
			if err == nil {
				_ = s.Close()
				t.Fatal("it is opened")
			}
			for _, want := range append(test.want, path) {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("%q does not say %q", err, want)
				}
			}
			if !bytes.Equal(read(t, path), before) {
				t.Error("the file has changed")
			}
			if left := openFiles(t, dir); len(left) > 0 {
				t.Errorf("still open are %s", left)
			}
		})
	}
}

func read(t testing.TB, path string) []byte {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func write(t testing.TB, path string, data []byte) {
	t.Helper()
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestStoreClosesItsFiles(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := open(t, dir, sqlite.Config{})
	fill(t, s)
	find(t, s, "go", "words")
	shut(t, s)
	if left := openFiles(t, dir); len(left) > 0 {
		t.Errorf("still open are %s", left)
	}
	files, _ := filepath.Glob(filepath.Join(dir, "*"))
	if len(files) != 3 {
		t.Errorf("there are %s, want chat.db, search.db and lock", files)
	}
}

func TestAnswersEndWithTheStore(t *testing.T) {
	t.Parallel()
	s := open(t, t.TempDir(), sqlite.Config{})
	create(t, s, "go")
	shut(t, s)
	if got := <-start(s, "go", posts(1, "late")); !errors.Is(got.err, history.ErrFailed) {
		t.Errorf("Append: %v, want ErrFailed", got.err)
	}
	if err := s.SetTopic(t.Context(), "go", "late", "bob"); !errors.Is(err, history.ErrFailed) {
		t.Errorf("SetTopic: %v, want ErrFailed", err)
	}
	if _, err := s.Page(t.Context(), "go", 1, 9, 999); !errors.Is(err, history.ErrFailed) {
		t.Errorf("Page: %v, want ErrFailed", err)
	}
}
