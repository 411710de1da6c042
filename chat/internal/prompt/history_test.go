package prompt

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gofrs/flock"
)

// remembers is Options.Remember where a test does not say otherwise.
func remembers(line string) bool {
	return strings.TrimSpace(line) != "" && !strings.HasPrefix(line, " ")
}

// A historyTest is a history, and the file that its run would keep.
type historyTest struct {
	*history
	t    *testing.T
	file historyFile
}

func newHistoryTest(t *testing.T, path string) historyTest {
	t.Helper()
	k := historyTest{newHistory(Options{Remember: remembers}, func() {}), t, historyFile(path)}
	k.do(k.file.makeDir())
	return k
}

func (k historyTest) do(err error) {
	k.t.Helper()
	if err != nil {
		k.t.Error(err)
	}
}

// enter enters a line in a room, and saves it.
func (k historyTest) enter(room, line string) {
	k.t.Helper()
	k.setRoom(room)
	k.add(line)
	k.do(k.save(k.file))
}

func (k historyTest) close() {
	k.t.Helper()
	k.do(k.save(k.file))
	k.do(k.file.shorten())
}

func (k historyTest) wantEntries(room string, want ...string) {
	k.t.Helper()
	k.setRoom(room)
	k.do(k.load(k.file))
	if got := k.entries(); !slices.Equal(got, want) {
		k.t.Errorf("the entries of %q are %q, not %q", room, got, want)
	}
}

// A fakeEditor is the history that liner is given.
type fakeEditor []string

func (e *fakeEditor) ClearHistory()              { *e = nil }
func (e *fakeEditor) AppendHistory(entry string) { *e = append(*e, entry) }

// Two that run at once add to one file, and each has what the other has added.
func TestHistoryOfTwo(t *testing.T) {
	path := filepath.Join(t.TempDir(), "state", "chat", "history")
	one, other := newHistoryTest(t, path), newHistoryTest(t, path)
	one.enter("Go", "first")
	other.enter("go", "second")
	one.enter("", "join go")
	one.enter("go", " hidden")
	one.enter("go", "a\nb")
	one.wantEntries("go", "first", "second")
	other.wantEntries("GO", "first", "second")
	other.wantEntries("", "join go")
	other.wantEntries("dev")
	one.close()
	other.setRoom("go")
	other.add("third")
	other.close()
	newHistoryTest(t, path).wantEntries("go", "first", "second", "third")
	for name, want := range map[string]os.FileMode{path: 0o600, path + ".lock": 0o600, filepath.Dir(path): 0o700} {
		if info, err := os.Stat(name); err != nil || info.Mode().Perm() != want {
			t.Errorf("%s has %v, %v", name, info.Mode(), err)
		}
	}
}

// What was typed in a room is there when one comes back to it, in its place after
// what the file has.
func TestHistoryOfRooms(t *testing.T) {
	path := filepath.Join(t.TempDir(), "history")
	if err := os.WriteFile(path, []byte("go\tkept\tone\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	k := newHistoryTest(t, path)
	k.setRoom("go")
	k.add("typed\tbefore the file was read")
	k.setRoom("dev")
	k.add("elsewhere")
	k.wantEntries("dev", "elsewhere")
	k.wantEntries("go", editable("kept\tone"), editable("typed\tbefore the file was read"))
	k.do(k.save(k.file))
	k.wantEntries("go", editable("kept\tone"), editable("typed\tbefore the file was read"))
	if s := k.search(); s.press(key{kind: typed, text: "e"}) && s.at != 1 {
		t.Errorf("a search begins at entry %d", s.at)
	}
}

// Liner is given the history anew when it is another one, and not otherwise.
func TestHistoryIsStale(t *testing.T) {
	path := filepath.Join(t.TempDir(), "history")
	changes := 0
	k := historyTest{newHistory(Options{}, func() { changes++ }), t, historyFile(path)}
	steps := []struct {
		name  string
		do    func()
		stale bool
	}{
		{"a file that has nothing", func() { k.do(k.load(k.file)) }, false},
		{"a line", func() { k.add("one") }, true},
		{"saved", func() { k.do(k.save(k.file)) }, false},
		{"another room", func() { k.setRoom("go") }, true},
		{"a line of another program's elsewhere", func() { k.do(k.file.append("dev\ttwo\n")); k.do(k.load(k.file)) }, false},
		{"the same room", func() { k.setRoom("GO") }, false},
		{"a line of another program's here", func() { k.do(k.file.append("go\ttwo\n")); k.do(k.load(k.file)) }, true},
	}
	for _, s := range steps {
		s.do()
		if k.stale() != s.stale {
			t.Errorf("%s: stale is %v", s.name, !s.stale)
		}
		k.apply(new(fakeEditor))
		if k.stale() {
			t.Errorf("%s: stale after it was applied", s.name)
		}
	}
	if changes != 3 {
		t.Errorf("%d changes", changes)
	}
}

// The file keeps the newest entries of each room, whoever else adds to it
// meanwhile.
func TestHistoryIsShortened(t *testing.T) {
	path := filepath.Join(t.TempDir(), "history")
	var b strings.Builder
	for i := range maxEntries + 10 {
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
			k := newHistoryTest(t, path)
			for n := range lines {
				k.enter("new", fmt.Sprint(i, " ", n))
				k.close()
			}
		})
	}
	all.Wait()
	entries, err := historyFile(path).entries()
	if got := entries["go"]; err != nil || len(got) != maxEntries || got[0] != "line 10" {
		t.Errorf("%d entries are kept, from %q on, %v", len(got), got[0], err)
	}
	if got := entries["dev"]; !slices.Equal(got, []string{"only"}) {
		t.Errorf("the entries of dev are %q", got)
	}
	if got := len(entries["new"]); got != writers*lines {
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
	k := newHistoryTest(t, path)
	k.wantEntries("go", "one", "two")
	k.close()
	if data, err := os.ReadFile(path); err != nil || string(data) != "go\tone\ngo\ttwo\n" {
		t.Errorf("the file is %q, %v", data, err)
	}
}

// What is typed after a line that could not be written whole is an entry of its own.
func TestHistoryIsCutShort(t *testing.T) {
	path := filepath.Join(t.TempDir(), "history")
	if err := os.WriteFile(path, []byte("go\tone\ngo\ttw"), 0o600); err != nil {
		t.Fatal(err)
	}
	k := newHistoryTest(t, path)
	k.enter("go", "three")
	k.enter("go", "four")
	k.wantEntries("go", "one", "tw", "three", "four")
}

// runHistory runs a history until the test's end, and returns what it has printed
// then.
func runHistory(t *testing.T, path string, use func(*history)) (printed []string) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		h := newHistory(Options{History: path, HistoryError: func(err error) string { return err.Error() }}, func() {})
		ctx, cancel := context.WithCancel(t.Context())
		var owned sync.WaitGroup
		owned.Go(func() { h.run(ctx, func(line string) { printed = append(printed, line) }) })
		use(h)
		cancel()
		began := time.Now()
		owned.Wait()
		if took := time.Since(began); took > lockTimeout {
			t.Errorf("the end took %v", took)
		}
	})
	return printed
}

// A file that cannot be used is said once, and what is typed is kept as long as the
// program runs.
func TestHistoryWithoutFile(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(dir, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]string{
		"": "", filepath.Join(dir, "history"): "mkdir " + dir + ": not a directory", "/dev/full": "/dev/full is not a regular file",
	} {
		printed := runHistory(t, path, func(h *history) {
			for _, line := range []string{"one", "two"} {
				h.add(line)
				synctest.Wait()
				h.setRoom("")
				synctest.Wait()
			}
			var got fakeEditor
			if h.apply(&got); !slices.Equal(got, []string{"one", "two"}) {
				t.Errorf("with %q the entries are %q", path, got)
			}
		})
		if strings.Join(printed, "\n") != want {
			t.Errorf("with %q printed is %q", path, printed)
		}
	}
}

// A program's lines are in the file when its history has ended, and what others
// have added comes with the next room.
func TestHistoryIsKept(t *testing.T) {
	path := filepath.Join(t.TempDir(), "history")
	printed := runHistory(t, path, func(h *history) {
		h.setRoom("go")
		h.add("one")
		synctest.Wait()
		if err := historyFile(path).append("go\tof another\n"); err != nil {
			t.Error(err)
		}
		h.setRoom("go")
		synctest.Wait()
		var got fakeEditor
		if h.apply(&got); !slices.Equal(got, []string{"one", "of another"}) {
			t.Errorf("the entries are %q", got)
		}
		h.add("two")
	})
	if data, err := os.ReadFile(path); err != nil || string(data) != "go\tone\ngo\tof another\ngo\ttwo\n" || printed != nil {
		t.Errorf("the file is %q, %v; printed is %q", data, err, printed)
	}
}

// Somebody else who holds the lock holds up neither who types nor, for more than a
// second, the end.
func TestHistoryIsLocked(t *testing.T) {
	path := filepath.Join(t.TempDir(), "history")
	lock := flock.New(path + ".lock")
	if ok, err := lock.TryLock(); !ok {
		t.Fatal(err)
	}
	defer lock.Close()
	printed := runHistory(t, path, func(h *history) {
		began := time.Now()
		h.add("one")
		h.setRoom("go")
		var got fakeEditor
		h.apply(&got)
		if took := time.Since(began); took > 0 {
			t.Errorf("typing took %v", took)
		}
	})
	if want := []string{"another program has held the lock " + path + ".lock for 1s"}; !slices.Equal(printed, want) {
		t.Errorf("printed is %q", printed)
	}
	if _, err := os.Stat(path); !os.IsNotExist(err) {
		t.Errorf("the file was written without the lock: %v", err)
	}
}
