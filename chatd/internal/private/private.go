// Package private keeps files from the other users of a machine.
package private

import (
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
)

// Modes of what is private.
const (
	dirMode  fs.FileMode = 0o700
	fileMode fs.FileMode = 0o600
)

// A Told is called with what others could get at, and no longer can, and the mode it had.
type Told func(path string, was fs.FileMode)

// Log returns a Told that warns in a log.
func Log(log *slog.Logger) Told {
	return func(path string, was fs.FileMode) {
		log.Warn("others could get at this, and no longer can", "path", path, "was", fmt.Sprintf("%04o", was))
	}
}

// Dir closes a directory to all but its owner, if it is there; it may be a symbolic link to
// one. One that others use as well, as /tmp, it refuses, and one that is new to the caller
// and has files in it, which are other programs'.
func Dir(path string, isNew bool, told Told) error {
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return err
	case !info.IsDir():
		return fmt.Errorf("%s is no directory", path)
	case !loose(info):
		return nil
	}
	files, err := os.ReadDir(path)
	switch {
	case err != nil:
		return err
	case len(files) == 0:
		return mend(path, info, dirMode, func(string, fs.FileMode) {}) // there was nothing to get at
	case isNew, info.Mode()&fs.ModeSticky != 0:
		return fmt.Errorf("others may get into %s, and it has files of theirs or of other programs in it: name another directory, or close this one with chmod 700 %[1]s", path)
	}
	return mend(path, info, dirMode, told)
}

// File closes a file to all but its owner, if it is there. A symbolic link, a named pipe and
// others that are no plain files it refuses, but for a directory, which nobody takes for one.
func File(path string, told Told) error {
	info, err := os.Lstat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return err
	case info.IsDir():
		return nil
	case info.Mode()&fs.ModeSymlink != 0:
		return fmt.Errorf("%s is a symbolic link, which is not followed: put the file itself there", path)
	case !info.Mode().IsRegular():
		return fmt.Errorf("%s is no plain file (%s): move it away", path, info.Mode().Type())
	case !loose(info):
		return nil
	}
	return mend(path, info, fileMode, told)
}

// mend takes from others what they may do.
func mend(path string, info fs.FileInfo, mode fs.FileMode, told Told) error {
	if err := os.Chmod(path, mode); err != nil {
		return fmt.Errorf("others may get at %s (mode %04o), and this cannot be changed (%w): chmod %o %[1]s as its owner, or mount its file system with umask=077", path, info.Mode().Perm(), err, mode)
	}
	told(path, info.Mode().Perm())
	return nil
}
