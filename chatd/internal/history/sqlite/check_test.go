package sqlite_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"linechat/chatd/internal/history/sqlite"
	"linechat/chatd/internal/history/sqlite/offline"
)

// TestCheckNamesWhatIsWrong changes a store of the rooms go and golf, with posts 1
// to 9 in each: go's are of id 1 to 9.
func TestCheckNamesWhatIsWrong(t *testing.T) {
	t.Parallel()
	whole, _ := indexedStore(t, 9)
	for _, test := range []struct{ query, want string }{
		{"UPDATE post SET text = 'not so' WHERE id = 5", "room go: post 5 has changed"},
		{"UPDATE post SET sum = sum + 1 WHERE id IN (5, 6)", "room go: post 5 has changed\nroom go: post 6 has changed"},
		{"UPDATE post SET seq = 99 WHERE id = 5", "the post of id 5 has changed\nroom go: post 5 is missing"},
		{"UPDATE post SET id = 99 WHERE id = 5", "room go: post 5 is missing\nthe post of id 99 has changed"},
		{"UPDATE post SET time = 'noon' WHERE id = 5", "room go: post 5 has changed"},
		{"DELETE FROM post WHERE id = 1", "room go: post 1 is missing"},
		{"DELETE FROM post WHERE id BETWEEN 4 AND 6", "room go: posts 4 to 6 are missing"},
		{"UPDATE room SET topic = 'not so' WHERE id = 1", "room go: its row has changed"},
		{"UPDATE room SET first = 2 WHERE id = 1", "room go: its row has changed"},
		{"UPDATE room SET made = 'noon' WHERE id = 1", "room go: its row has changed"},
		{"UPDATE room SET shown = 'g o' WHERE id = 1", `room "g o" (id 1): its row has changed`},
		{"DELETE FROM room WHERE id = 1", "there is no room of id 1, and of its posts there are 9"},
		{"INSERT INTO machine VALUES (x'01ff', x'02', 3)", "the file is damaged; chatd check says where: the row of key 01ff of the shared log has changed"},
		{"PRAGMA application_id = 77", "FILE: another program wrote this (application_id 0x4d)"},
		{"PRAGMA user_version = 77", "FILE: a newer chatd wrote this (schema 77, and this one knows up to 4); use that one, or restore a backup"},
		{"DROP TABLE meta", "FILE: which was the last id of a post cannot be read"},
		{"INSERT INTO meta VALUES ('last_id', 'x')", "FILE: which was the last id of a post cannot be read"},
		{"PRAGMA writable_schema = ON; UPDATE sqlite_schema SET rootpage = 999 WHERE name = 'sqlite_autoindex_room_1'", "FILE cannot be opened: database disk image is malformed: malformed database schema (sqlite_autoindex_room_1) - invalid rootpage (11)"},
	} {
		t.Run(test.query, func(t *testing.T) {
			dir := crash(t, whole, sqlite.DBFile)
			change(t, dir, sqlite.DBFile, test.query)
			r, err := offline.CheckDir(t.Context(), dir, nil)
			got := strings.ReplaceAll(strings.Join(r.Problems, "\n"), filepath.Join(dir, sqlite.DBFile), "FILE")
			if err != nil || len(r.Remarks) > 0 || got != test.want {
				t.Errorf("%v, remarks %q, problems\n%s\nwant\n%s", err, r.Remarks, got, test.want)
			}
		})
	}
}

// TestCheckComparesPages spoils the index of the posts. The posts themselves are
// there, and found.
func TestCheckComparesPages(t *testing.T) {
	t.Parallel()
	dir, _ := indexedStore(t, 30)
	want := exported(t, dir)
	conn := rawConn(t, dir, sqlite.DBFile)
	root := int(number(t, conn, "SELECT rootpage FROM sqlite_schema WHERE name = 'sqlite_autoindex_post_1'"))
	path := filepath.Join(dir, sqlite.DBFile)
	overwrite(t, path, (root-1)*4096, root*4096)
	r, err := offline.CheckDir(t.Context(), dir, nil)
	if err != nil || len(r.Problems) == 0 || !strings.HasPrefix(r.Problems[0], path+": ") || r.Posts != 60 {
		t.Errorf("%v, %+v; want a problem of the pages, and 60 posts", err, r)
	}
	got := exported(t, dir)
	if !reflect.DeepEqual(got.posts, want.posts) || len(got.damage) != 2 {
		t.Errorf("exported %d rooms, %q", len(got.posts), got.damage)
	}
}

// TestCheckComparesPosts stores what the hub never would.
func TestCheckComparesPosts(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := open(t, dir, sqlite.Config{})
	create(t, s, "go")
	odd := posts(1, texts(5)...)
	odd[2].Time = at(1)
	odd[4].Kind = "TELL"
	if got := <-start(s, "go", odd); got.err != nil {
		t.Fatal(got)
	}
	r, err := offline.CheckDir(t.Context(), dir, nil)
	want := []string{"room go: post 3 is older than the one before it", `room go: post 5 is a "TELL"`}
	if err != nil || strings.Join(r.Problems, "\n") != strings.Join(want, "\n") || r.Posts != 5 || r.Rooms != 1 {
		t.Errorf("%v, %+v; want %q", err, r, want)
	}
}

func TestCheckNamesSoManyProblemsOnly(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := open(t, dir, sqlite.Config{})
	create(t, s, "go")
	post(t, s, "go", 1, texts(250)...)
	shut(t, s)
	change(t, dir, sqlite.DBFile, "UPDATE post SET sum = 0")
	r, err := offline.Check(t.Context(), filepath.Join(dir, sqlite.DBFile), nil)
	if err != nil || len(r.Problems) != 100 || r.More != 150 {
		t.Errorf("%v, %d problems and %d more; want 100 and 150", err, len(r.Problems), r.More)
	}
}

// TestCheckChangesNothing looks at what a crash has left.
func TestCheckChangesNothing(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := open(t, dir, sqlite.Config{})
	fill(t, s)
	if err := s.Indexed(t.Context()); err != nil {
		t.Fatal(err)
	}
	files := []string{sqlite.DBFile, sqlite.DBFile + "-wal", sqlite.IndexFile, sqlite.IndexFile + "-wal"}
	left := crash(t, dir, files...)
	before := map[string][]byte{}
	for _, file := range files {
		before[file] = read(t, filepath.Join(left, file))
	}
	r, err := offline.CheckDir(t.Context(), left, nil)
	sound(t, r, err)
	if r.Rooms != 2 || r.Posts != 43 {
		t.Errorf("%d rooms and %d posts, want 2 and 43", r.Rooms, r.Posts)
	}
	for _, file := range files {
		if !bytes.Equal(read(t, filepath.Join(left, file)), before[file]) {
			t.Errorf("%s has changed", file)
		}
	}
}

// TestDamagedIndexIsARemark: no post is lost with search.db.
func TestDamagedIndexIsARemark(t *testing.T) {
	t.Parallel()
	whole, _ := indexedStore(t, 30)
	for _, test := range []struct {
		name, want string
		damage     func(t *testing.T, dir string)
	}{
		{"sound", "", func(*testing.T, string) {}},
		{"no database", "not a database", func(t *testing.T, dir string) { overwrite(t, filepath.Join(dir, sqlite.IndexFile), 0, 100) }},
		{"words", "fts5", func(t *testing.T, dir string) {
			change(t, dir, sqlite.IndexFile, "UPDATE words_data SET block = zeroblob(length(block)) WHERE id = (SELECT max(id) FROM words_data)")
		}},
		{"another chat.db's", "made from another chat.db", func(t *testing.T, dir string) {
			change(t, dir, sqlite.IndexFile, "UPDATE meta SET value = value + 1 WHERE key = 'sum'")
		}},
		{"ahead", "made from another chat.db", func(t *testing.T, dir string) {
			change(t, dir, sqlite.IndexFile, "UPDATE meta SET value = value + 1 WHERE key = 'upto'")
		}},
		{"another program's", "another program wrote this", func(t *testing.T, dir string) {
			change(t, dir, sqlite.IndexFile, "PRAGMA application_id = 77")
		}},
	} {
		t.Run(test.name, func(t *testing.T) {
			dir := crash(t, whole, sqlite.DBFile, sqlite.IndexFile)
			test.damage(t, dir)
			r, err := offline.CheckDir(t.Context(), dir, nil)
			got := strings.Join(r.Remarks, "\n")
			if err != nil || !r.OK() || !strings.Contains(got, test.want) || (test.want == "") != (got == "") {
				t.Errorf("%v, problems %q, remarks %q; want %q", err, r.Problems, got, test.want)
			}
		})
	}
}

func TestNothingToCheck(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if _, err := offline.CheckDir(t.Context(), dir, nil); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("an empty directory: %v, want ErrNotExist", err)
	}
	file := filepath.Join(dir, "none")
	write(t, file, []byte(strings.Repeat("no database ", 1000)))
	if r, err := offline.Check(t.Context(), file, nil); err != nil || r.OK() {
		t.Errorf("no database: %v, %+v; want a problem", err, r)
	}
	write(t, file, nil)
	if r, err := offline.Check(t.Context(), file, nil); err != nil || r.OK() {
		t.Errorf("an empty file: %v, %+v; want a problem", err, r)
	}
	if left := names(t, dir); len(left) != 1 {
		t.Errorf("there are %q", left)
	}
}

func TestCheckEndsWithItsContext(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := open(t, dir, sqlite.Config{})
	fill(t, s)
	ctx, cancel := context.WithDeadline(t.Context(), time.Now())
	defer cancel()
	if r, err := offline.CheckDir(ctx, dir, nil); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %+v, %v; want DeadlineExceeded", r, err)
	}
}

// TestProgressIsTold: from the beginning to the end of each step, and never
// backwards.
func TestProgressIsTold(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := open(t, dir, sqlite.Config{})
	create(t, s, "go")
	post(t, s, "go", 1, texts(5000)...)
	var told []string
	was := map[string]int64{}
	_, err := offline.CheckDir(t.Context(), dir, func(step string, done, all int64) {
		if done < was[step] || done > all {
			t.Errorf("%s: %d of %d, after %d", step, done, all, was[step])
		}
		was[step] = done
		told = append(told, fmt.Sprint(step, " ", done, " of ", all))
	})
	if err != nil || was["checked"] < 4000 {
		t.Errorf("%v, told %q", err, told)
	}
}
