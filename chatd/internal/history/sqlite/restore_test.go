package sqlite_test

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"linechat/chatd/internal/history/sqlite"
	"linechat/chatd/internal/history/sqlite/offline"
)

// snapshot is what a machine sends of its copy.
func snapshot(t *testing.T, c *sqlite.Copy) []byte {
	t.Helper()
	file, err := c.Snapshot(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer os.Remove(file)
	return read(t, file)
}

func sends(data []byte) func(io.Writer) error {
	return func(w io.Writer) error { _, err := w.Write(data); return err }
}

func restore(t *testing.T, dir string, fetch func(io.Writer) error) (offline.Report, error) {
	return offline.Restore(t.Context(), dir, func(string, fs.FileMode) {}, fetch, nil)
}

// TestCopyOfAnotherMachineTakesThePlaceOfNone restores where there is nothing, and where a
// daemon has begun; then the copy goes on.
func TestCopyOfAnotherMachineTakesThePlaceOfNone(t *testing.T) {
	t.Parallel()
	whole := t.TempDir()
	_, c := openCopy(t, whole)
	apply(t, c, records()[:9]...)
	begun := t.TempDir()
	s, _ := openCopy(t, begun)
	left := crash(t, begun, sqlite.DBFile, sqlite.DBFile+"-wal", sqlite.IndexFile)
	shut(t, s)
	empty := t.TempDir()
	if err := os.WriteFile(filepath.Join(empty, sqlite.DBFile), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, dir := range []string{filepath.Join(t.TempDir(), "new"), begun, left, empty} {
		r, err := restore(t, dir, sends(snapshot(t, c)))
		sound(t, r, err)
		equal(t, whole, dir)
		s, other := openCopy(t, dir)
		apply(t, other, records()...)
		if got := find(t, s, "old", "here"); len(got) != 1 {
			t.Errorf("found %v", got)
		}
		shut(t, s)
		if files := names(t, dir); len(files) > 3 {
			t.Errorf("there are %q", files)
		}
	}
}

// TestOnlyAWholeCopyIsRestored leaves the directory as it was.
func TestOnlyAWholeCopyIsRestored(t *testing.T) {
	t.Parallel()
	_, c := openCopy(t, t.TempDir())
	bare := snapshot(t, c)
	apply(t, c, records()...)
	data := snapshot(t, c)
	local := t.TempDir()
	shut(t, open(t, local, sqlite.Config{}))
	errCut := errors.New("the peer is gone")
	changed := bytes.Replace(data, []byte("two words"), []byte("two birds"), 1)
	for name, test := range map[string]struct {
		fetch func(io.Writer) error
		want  string
	}{
		"a peer that goes": {func(w io.Writer) error { _, _ = w.Write(data[:9000]); return errCut }, errCut.Error()},
		"a part":           {sends(data[:9000]), "malformed"},
		"a change":         {sends(changed), "room go: post 2 has changed"},
		"nothing":          {sends(nil), "no copy"},
		"nothing applied":  {sends(bare), "no copy"},
		"rooms of one":     {sends(read(t, filepath.Join(local, sqlite.DBFile))), "no copy"},
		"a text":           {sends([]byte(strings.Repeat("no database ", 1000))), "not a database"},
	} {
		dir := t.TempDir()
		if _, err := restore(t, dir, test.fetch); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: %v, want %q", name, err, test.want)
		}
		s, other := openCopy(t, dir)
		if other.Applied() != 0 {
			t.Errorf("%s: %d records are applied", name, other.Applied())
		}
		shut(t, s)
	}
}

// TestStoreIsNotReplaced refuses to restore where something would be lost.
func TestStoreIsNotReplaced(t *testing.T) {
	t.Parallel()
	whole, local := t.TempDir(), t.TempDir()
	s, c := openCopy(t, whole)
	apply(t, c, records()...)
	refused := func(dir, want string) {
		t.Helper()
		called := false
		_, err := restore(t, dir, func(io.Writer) error { called = true; return nil })
		if err == nil || !strings.Contains(err.Error(), want) || called {
			t.Errorf("%v, want %q, and that nothing is fetched", err, want)
		}
	}
	refused(whole, "in use")
	shut(t, s)
	refused(whole, "move the data directory away")
	shut(t, open(t, local, sqlite.Config{}))
	refused(local, "move the data directory away")
	_, c = openCopy(t, whole)
	if c.Applied() != 12 {
		t.Errorf("%d records are applied", c.Applied())
	}
}
