//go:build unix

package private

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// told notes what it is told.
type told []string

func (t *told) tell(path string, was fs.FileMode) {
	*t = append(*t, filepath.Base(path)+" "+was.String())
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// permissions returns the mode that a file has.
func permissions(t *testing.T, path string) fs.FileMode {
	t.Helper()
	info, err := os.Stat(path)
	must(t, err)
	return info.Mode().Perm()
}

func TestFile(t *testing.T) {
	for name, test := range map[string]struct {
		make func(path string) error
		want string // that it is told
		err  string
	}{
		"missing": {func(string) error { return nil }, "", ""},
		"private": {func(path string) error { return os.WriteFile(path, nil, 0o600) }, "", ""},
		"loose":   {func(path string) error { return os.WriteFile(path, nil, 0o644) }, "file -rw-r--r--", ""},
		"link": {func(path string) error {
			return os.Symlink("/etc/hostname", path)
		}, "", "is a symbolic link"},
		"link to nowhere": {func(path string) error { return os.Symlink("nowhere", path) }, "", "is a symbolic link"},
		"pipe":            {func(path string) error { return unix.Mkfifo(path, 0o600) }, "", "is no plain file"},
		"directory":       {func(path string) error { return os.Mkdir(path, 0o755) }, "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "file")
			must(t, test.make(path))
			var said told
			switch err := File(path, said.tell); {
			case test.err == "" && err != nil, test.err != "" && (err == nil || !strings.Contains(err.Error(), test.err)):
				t.Errorf("got %v, want %q", err, test.err)
			}
			if got := strings.Join(said, ", "); got != test.want {
				t.Errorf("it is told %q, want %q", got, test.want)
			}
			if test.want != "" && permissions(t, path) != fileMode {
				t.Errorf("the mode is %v", permissions(t, path))
			}
		})
	}
}

func TestDir(t *testing.T) {
	for name, test := range map[string]struct {
		mode  fs.FileMode
		isNew bool
		file  bool   // there is one in it
		want  string // that it is told
		err   string
	}{
		"private":                       {0o700, true, true, "", ""},
		"loose":                         {0o755, false, true, "dir -rwxr-xr-x", ""},
		"new and empty":                 {0o755, true, false, "", ""},
		"new to chatd":                  {0o755, true, true, "", "chmod 700"},
		"everybody's, as /tmp is":       {0o777 | fs.ModeSticky, false, true, "", "name another directory"},
		"empty, and everybody's so far": {0o777 | fs.ModeSticky, false, false, "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "dir")
			must(t, os.Mkdir(path, 0o700))
			if test.file {
				must(t, os.WriteFile(filepath.Join(path, "file"), nil, 0o644))
			}
			must(t, os.Chmod(path, test.mode))
			link := filepath.Join(filepath.Dir(path), "link")
			must(t, os.Symlink(path, link))
			var said told
			switch err := Dir(path, test.isNew, said.tell); {
			case test.err == "" && err != nil, test.err != "" && (err == nil || !strings.Contains(err.Error(), test.err)):
				t.Errorf("got %v, want %q", err, test.err)
			}
			if got := strings.Join(said, ", "); got != test.want {
				t.Errorf("it is told %q, want %q", got, test.want)
			}
			want := test.mode.Perm()
			if test.err == "" {
				want = dirMode
			}
			if got := permissions(t, path); got != want {
				t.Errorf("the mode is %v, want %v", got, want)
			}
			if err := Dir(link, test.isNew, said.tell); (err == nil) != (test.err == "") {
				t.Errorf("by a link: %v", err)
			}
		})
	}
}

func TestWhatIsNoDirectory(t *testing.T) {
	path := filepath.Join(t.TempDir(), "file")
	must(t, Dir(path, true, nil)) // which is not there
	must(t, os.WriteFile(path, nil, 0o600))
	if err := Dir(path, true, nil); err == nil || !strings.Contains(err.Error(), "is no directory") {
		t.Errorf("got %v", err)
	}
}
