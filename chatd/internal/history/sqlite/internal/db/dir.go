package db

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/gofrs/flock"

	"linechat/chatd/internal/private"
)

// ErrInUse: another process has the data directory.
var ErrInUse = errors.New("in use")

// lockFile is the name of the file that is locked.
const lockFile = "lock"

// LockDir makes the data directory if there is none, closes it and its files to others, and
// locks it for this process, until the lock is closed. The lock goes with the process,
// however it ends. ErrInUse.
func LockDir(dir string, told private.Told) (io.Closer, error) {
	if err := makeDir(dir); err != nil {
		return nil, err
	}
	if err := makePrivate(dir, told); err != nil {
		return nil, err
	}
	path := filepath.Join(dir, lockFile)
	lock := flock.New(path, flock.SetFlag(os.O_RDWR|os.O_CREATE), flock.SetPermissions(0o600))
	locked, err := lock.TryLock()
	if err != nil {
		return nil, fmt.Errorf("locking %s: %w", path, err)
	}
	if !locked {
		return nil, fmt.Errorf("%s is %w by another chatd%s", dir, ErrInUse, owner(path))
	}
	if err := os.RemoveAll(filepath.Join(dir, tempDir)); err != nil {
		return nil, errors.Join(err, lock.Close())
	}
	// For owner; it may fail for want of space, and on Windows.
	_ = os.WriteFile(path, fmt.Appendln(nil, os.Getpid()), 0o600)
	return lock, nil
}

// tempDir is the name of the directory of files that are not finished.
const tempDir = "tmp"

// TempFile returns the path of a new file, which is yet to be made, in a data directory that
// is locked. LockDir removes what a process that was killed has left of it.
func TempFile(dir string) (string, error) {
	within := filepath.Join(dir, tempDir)
	return filepath.Join(within, rand.Text()), os.MkdirAll(within, 0o700)
}

// makePrivate closes a data directory and its files to others. What is no plain file it
// refuses.
func makePrivate(dir string, told private.Told) error {
	_, err := os.Lstat(filepath.Join(dir, ChatFile))
	if err := private.Dir(dir, errors.Is(err, os.ErrNotExist), told); err != nil {
		return err
	}
	for _, name := range []string{lockFile, ChatFile, SearchFile} {
		for _, suffix := range []string{"", "-wal", "-shm"} {
			if err := private.File(filepath.Join(dir, name+suffix), told); err != nil {
				return err
			}
		}
	}
	return nil
}

// owner returns which process has locked the file, for an error text; "" if the file does
// not say.
func owner(path string) string {
	var process int
	text, err := os.ReadFile(path)
	if _, scanErr := fmt.Sscan(string(text), &process); err != nil || scanErr != nil {
		return ""
	}
	return fmt.Sprintf(", process %d", process)
}

// makeDir makes a directory that only its owner can read, and has its name
// outlast a power cut.
func makeDir(dir string) error {
	if _, err := os.Stat(dir); err == nil {
		return nil
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	return SyncDir(filepath.Dir(dir))
}

// CreatePrivate makes a file that only its owner can read, if there is none. A
// file that is open is not to be opened a second time: closing that would drop the
// locks of the first (POSIX).
func CreatePrivate(path string) error {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
	if errors.Is(err, os.ErrExist) {
		return nil
	}
	if err != nil {
		return err
	}
	return errors.Join(f.Close(), SyncDir(filepath.Dir(path)))
}

// maxStore returns how large the files in a new data directory may become: 10 GB, or half of
// what its disk has free.
func maxStore(dir string) int64 {
	const usual = 10e9
	free, _, err := DiskSpace(dir)
	if err != nil {
		return usual
	}
	return min(usual, free/2)
}

// MinFreeAuto is how much of a disk of that size is to stay free unless another
// bound is set: the smaller of 64 MB and 5 %.
func MinFreeAuto(total int64) int64 { return min(64<<20, total/20) }
