package sqlite_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"linechat/chatd/internal/history/sqlite"
	"linechat/chatd/internal/history/sqlite/offline"
)

// restored is a new directory that has a backup as its chat.db.
func restored(t *testing.T, backup string) (dir string) {
	t.Helper()
	dir = t.TempDir()
	write(t, filepath.Join(dir, sqlite.DBFile), read(t, backup))
	return dir
}

// names lists what is in a directory.
func names(t *testing.T, dir string) (names []string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names
}

// sound has nothing be wrong with what was checked.
func sound(t *testing.T, r offline.Report, err error) {
	t.Helper()
	if err != nil || !r.OK() || len(r.Remarks) > 0 {
		t.Errorf("%v, problems %q, remarks %q", err, r.Problems, r.Remarks)
	}
}

func TestBackupIsTheStore(t *testing.T) {
	t.Parallel()
	dir, to := t.TempDir(), t.TempDir()
	s := open(t, dir, sqlite.Config{})
	want := fill(t, s)
	for _, state := range []string{"in use", "closed"} {
		file := filepath.Join(to, "backup of 100% #"+state)
		r, err := offline.Backup(t.Context(), dir, file, nil)
		sound(t, r, err)
		if r.Rooms != 2 || r.Posts != 43 {
			t.Errorf("%s: %d rooms and %d posts are in it, want 2 and 43", state, r.Rooms, r.Posts)
		}
		st, err := os.Stat(file)
		if err != nil || st.Mode() != 0o600 {
			t.Errorf("%s: mode %v, %v; want 0600", state, st.Mode(), err)
		}
		filled(t, open(t, restored(t, file), sqlite.Config{}), want)
		if state == "in use" {
			shut(t, s)
		}
	}
	if got := names(t, to); len(got) != 2 {
		t.Errorf("there are %q, want the two backups alone", got)
	}
}

// TestStoreIsReadWhileItIsWritten has it copied, checked and exported while
// posts come in: each sees a state that there was, and nothing is refused.
func TestStoreIsReadWhileItIsWritten(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := open(t, dir, sqlite.Config{})
	create(t, s, "go", "golf")
	posting, stop := context.WithCancel(t.Context())
	var posters sync.WaitGroup
	for _, fold := range []string{"go", "golf"} {
		posters.Go(func() {
			for next := uint64(1); posting.Err() == nil; next += 20 {
				post(t, s, fold, next, texts(20)...)
			}
		})
	}
	for i := range 3 {
		before := load(t, s, "go").Head
		r, err := offline.CheckDir(t.Context(), dir, nil)
		sound(t, r, err)
		file := filepath.Join(t.TempDir(), fmt.Sprint("backup", i))
		r, err = offline.Backup(t.Context(), dir, file, nil)
		sound(t, r, err)
		var export sink
		if err := offline.Export(t.Context(), dir, "", &export); err != nil || len(export.damage) > 0 {
			t.Errorf("Export: %v, %q", err, export.damage)
		}
		after := load(t, s, "go").Head
		copied := open(t, restored(t, file), sqlite.Config{})
		for _, head := range []uint64{load(t, copied, "go").Head, export.room("go").Head} {
			if head < before || head > after || head%20 != 0 {
				t.Errorf("post %d is the last one, want one between %d and %d, at the end of an Append", head, before, after)
			}
		}
		post(t, copied, "golf", load(t, copied, "golf").Head+1, "and on it goes")
	}
	stop()
	posters.Wait()
}

func TestBackupThatCannotBeMade(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := open(t, dir, sqlite.Config{})
	fill(t, s)
	shut(t, s)
	changed := crash(t, dir, sqlite.DBFile)
	change(t, changed, sqlite.DBFile, "UPDATE post SET text = 'not so' WHERE room = 1 AND seq = 7")
	foreign := t.TempDir()
	change(t, foreign, sqlite.DBFile, "CREATE TABLE t (x)")
	junk := t.TempDir()
	write(t, filepath.Join(junk, sqlite.DBFile), []byte(strings.Repeat("no database ", 1000)))
	cancelled, cancel := context.WithCancel(t.Context())
	cancel()
	for _, test := range []struct {
		name, dir, want string
		ctx             context.Context
	}{
		{"a post has changed", changed, "chatd check says where", t.Context()},
		{"another program's", foreign, "another program wrote this", t.Context()},
		{"no database", junk, "not a database", t.Context()},
		{"no directory", filepath.Join(dir, "missing"), "--data names another", t.Context()},
		{"interrupted", dir, "", cancelled},
	} {
		t.Run(test.name, func(t *testing.T) {
			to := t.TempDir()
			_, err := offline.Backup(test.ctx, test.dir, filepath.Join(to, "backup"), nil)
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %v, want %q", err, test.want)
			}
			if left := names(t, to); len(left) > 0 {
				t.Errorf("%q is left", left)
			}
		})
	}
}

func TestBackupReplacesNoFile(t *testing.T) {
	t.Parallel()
	dir, to := t.TempDir(), t.TempDir()
	shut(t, open(t, dir, sqlite.Config{}))
	file := filepath.Join(to, "backup")
	write(t, file, []byte("precious"))
	link := filepath.Join(to, "link")
	if err := os.Symlink("nowhere", link); err != nil {
		t.Fatal(err)
	}
	for _, file := range []string{file, link, to} {
		if _, err := offline.Backup(t.Context(), dir, file, nil); !errors.Is(err, fs.ErrExist) {
			t.Errorf("%s: got %v, want ErrExist", file, err)
		}
	}
	if got := string(read(t, file)); got != "precious" || len(names(t, to)) != 2 {
		t.Errorf("the file has %q, and there are %q", got, names(t, to))
	}
}
