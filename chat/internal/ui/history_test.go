package ui

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gofrs/flock"
)

func openHistory(t *testing.T, path string) *history {
	t.Helper()
	h := new(history)
	h.open(path)
	if h.err != nil {
		t.Fatal(h.err)
	}
	return h
}

// save saves what was added.
func save(h *history) {
	if do := h.save(); do != nil {
		h.saved(do())
	}
}

func wantEntries(t *testing.T, h *history, room string, want ...string) {
	t.Helper()
	if got := h.entries(room); !slices.Equal(got, want) {
		t.Errorf("the entries of %q are %q, not %q", room, got, want)
	}
}

// Two that run at once add to one file, and each has what the other has added.
func TestHistoryOfTwo(t *testing.T) {
	path := filepath.Join(t.TempDir(), "state", "chat", "history")
	one, other := openHistory(t, path), openHistory(t, path)
	one.add("Go", "first")
	save(one)
	other.add("go", "second")
	save(other)
	one.add("", "join go")
	one.add("go", "/nick bob s3cret")
	one.add("go", " hidden")
	one.add("go", "a\nb")
	save(one)
	wantEntries(t, one, "go", "first", "second")
	wantEntries(t, other, "GO", "first", "second")
	wantEntries(t, other, "", "join go")
	wantEntries(t, other, "dev")
	one.close()
	other.add("go", "third")
	other.close()
	wantEntries(t, openHistory(t, path), "go", "first", "second", "third")
	for name, want := range map[string]os.FileMode{path: 0o600, path + ".lock": 0o600, filepath.Dir(path): 0o700} {
		if info, err := os.Stat(name); err != nil || info.Mode().Perm() != want {
			t.Errorf("%s has %v, %v", name, info.Mode(), err)
		}
	}
}

// The file keeps the newest entries of each room, whoever else adds to it
// meanwhile.
func TestHistoryIsShortened(t *testing.T) {
	path := filepath.Join(t.TempDir(), "history")
	var b strings.Builder
	for i := range mostEntries + 10 {
		fmt.Fprintf(&b, "go\tline %d\n", i)
	}
	b.WriteString("dev\tonly\n")
	if err := os.WriteFile(path, []byte(b.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	const writers, lines = 4, 20
	var all sync.WaitGroup
	for i := range writers {
		all.Go(func() {
			h := new(history)
			h.open(path)
			for n := range lines {
				h.add("new", fmt.Sprint(i, " ", n))
				save(h)
				h.close()
			}
			if h.err != nil {
				t.Error(h.err)
			}
		})
	}
	all.Wait()
	h := openHistory(t, path)
	if got := h.entries("go"); len(got) != mostEntries || got[0] != "line 10" {
		t.Errorf("%d entries are kept, from %q on", len(got), got[0])
	}
	wantEntries(t, h, "dev", "only")
	if got := len(h.entries("new")); got != writers*lines {
		t.Errorf("%d of %d entries are there", got, writers*lines)
	}
	if files, err := os.ReadDir(filepath.Dir(path)); err != nil || len(files) != 2 {
		t.Errorf("left are %v, %v", files, err)
	}
}

// What is no entry is passed over, and what stands behind it is not.
func TestDamagedHistory(t *testing.T) {
	path := filepath.Join(t.TempDir(), "history")
	damaged := "go\tone\nno tab\ngo\t\xff\xfe\n\tno room\n\ngo\t" + strings.Repeat("x", maxEntryBytes+1) + "\ngo\tt\x1b[2Jwo\n\x00\x00\x00\ngo\tcut o"
	if err := os.WriteFile(path, []byte(damaged), 0o600); err != nil {
		t.Fatal(err)
	}
	h := openHistory(t, path)
	wantEntries(t, h, "go", "one", "two")
	h.close()
	if data, err := os.ReadFile(path); err != nil || string(data) != "go\tone\ngo\ttwo\n" {
		t.Errorf("the file is %q, %v", data, err)
	}
}

// A file that cannot be written is one error, and what is typed is kept as long
// as the program runs.
func TestHistoryWithoutFile(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(dir, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{"", filepath.Join(dir, "history"), "/dev/full"} {
		h := new(history)
		h.open(path)
		h.add("go", "one")
		save(h)
		h.add("go", "two")
		wantEntries(t, h, "go", "one", "two")
		h.close()
		if failed := h.err != nil; failed != (path != "") {
			t.Errorf("with %q the error is %v", path, h.err)
		}
	}
}

// That is said once.
func TestHistoryFails(t *testing.T) {
	play(t, "go", func(s *fixture) {
		s.ui.history.note(os.ErrPermission)
		s.enter("/ignore")
		s.enter("/ignore")
		s.sees("-- nobody is ignored", "-- the input history is not saved: permission denied", "-- nobody is ignored")
	})
}

// Somebody else who holds the lock holds up neither the loop nor its end.
func TestHistoryIsLocked(t *testing.T) {
	path := filepath.Join(t.TempDir(), "history")
	lock := flock.New(path + ".lock")
	if ok, err := lock.TryLock(); !ok {
		t.Fatal(err)
	}
	defer lock.Close()
	playWith(t, Config{Room: "go", History: path}, func(s *fixture) {
		s.enter("one")
		s.posted("go", "one")
		s.enter("two")
		s.posted("go", "two")
		s.clear()
		time.Sleep(lockWait)
		s.sees("-- the input history is not saved: another program has held the lock " + path + ".lock for 1s")
		s.enter("three")
		s.posted("go", "three")
	})
}

func TestRemembers(t *testing.T) {
	for line, want := range map[string]bool{
		"hello": true, "/nick bob": true, "nick bob": true, "/join go": true, "nick bob s3cret is what he said": false,
		"/nick bob s3cret": false, "/NICK bob s3cret": false, "/ nick bob s3cret": false, "/in go nick bob s3cret": false, "/login bob pw": false, "login bob pw": false,
		" hidden": false, "\thidden": false, "": false, "   ": false, "/": true,
	} {
		if got := remembers(line); got != want {
			t.Errorf("remembers(%q) = %v", line, got)
		}
	}
}
