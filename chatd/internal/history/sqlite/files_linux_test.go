package sqlite_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// openFiles returns the files under dir that this process has open.
func openFiles(t *testing.T, dir string) (open []string) {
	t.Helper()
	fds, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Fatal(err)
	}
	for _, fd := range fds {
		path, err := os.Readlink(filepath.Join("/proc/self/fd", fd.Name()))
		if err == nil && strings.HasPrefix(path, dir) {
			open = append(open, path)
		}
	}
	return open
}
