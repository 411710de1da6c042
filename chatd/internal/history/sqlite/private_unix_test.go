//go:build unix

package sqlite_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"linechat/chatd/internal/history/sqlite"
)

// isPrivate has a directory and all files in it closed to others.
func isPrivate(t *testing.T, dir string) {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join(dir, "*"))
	if err != nil || len(paths) < 3 {
		t.Fatalf("there are %s, %v", paths, err)
	}
	for _, path := range append(paths, dir) {
		if info, err := os.Stat(path); err != nil || info.Mode().Perm()&0o077 != 0 {
			t.Errorf("%s: %v, %v", path, info, err)
		}
	}
}

func TestLooseModesAreMended(t *testing.T) {
	t.Parallel()
	dir, book := filepath.Join(t.TempDir(), "data"), &logbook{}
	s := open(t, dir, sqlite.Config{})
	create(t, s, "go")
	shut(t, s)
	for name, mode := range map[string]os.FileMode{"": 0o755, sqlite.DBFile: 0o640, sqlite.IndexFile: 0o644, "lock": 0o666} {
		if err := os.Chmod(filepath.Join(dir, name), mode); err != nil {
			t.Fatal(err)
		}
	}
	s = open(t, dir, sqlite.Config{Log: book.log()})
	isPrivate(t, dir)
	post(t, s, "go", 1, "hi")
	isPrivate(t, dir)
	if got := book.count("others could get at this"); got != 4 {
		t.Errorf("%d of 4 files are told of: %s", got, book.lines)
	}
	shut(t, s)
	open(t, dir, sqlite.Config{Log: book.log()})
	if got := book.count("others could get at this"); got != 4 {
		t.Errorf("what is mended is told of again: %s", book.lines)
	}
}

func TestFilesThatAreNoneAreRefused(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(t *testing.T, dir string) error{
		"is a symbolic link": func(t *testing.T, dir string) error {
			moved := filepath.Join(t.TempDir(), "moved")
			if err := os.Rename(filepath.Join(dir, sqlite.DBFile), moved); err != nil {
				return err
			}
			return os.Symlink(moved, filepath.Join(dir, sqlite.DBFile))
		},
		"is no plain file": func(t *testing.T, dir string) error {
			path := filepath.Join(dir, sqlite.IndexFile+"-wal")
			if err := os.Remove(path); err != nil && !os.IsNotExist(err) {
				return err
			}
			return unix.Mkfifo(path, 0o600)
		},
		"has files of theirs or of other programs": func(t *testing.T, dir string) error {
			if err := os.Chmod(dir, 0o755); err != nil {
				return err
			}
			return os.Remove(filepath.Join(dir, sqlite.DBFile))
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			shut(t, open(t, dir, sqlite.Config{}))
			if err := change(t, dir); err != nil {
				t.Fatal(err)
			}
			s, err := sqlite.Open(dir, sqlite.Config{})
			if err == nil {
				_ = s.Close()
			}
			if err == nil || !strings.Contains(err.Error(), name) {
				t.Errorf("it is opened: %v", err)
			}
		})
	}
}
