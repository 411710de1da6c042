package private

import (
	"errors"
	"io/fs"
	"strings"
	"testing"
)

// What cannot be mended is refused: nobody can change the mode of a file of a process in /proc.
func TestFileThatCannotBeMended(t *testing.T) {
	err := File("/proc/self/status", func(string, fs.FileMode) { t.Error("it is told that it was mended") })
	if !errors.Is(err, fs.ErrPermission) || !strings.Contains(err.Error(), "chmod 600 /proc/self/status") {
		t.Errorf("got %v", err)
	}
}
