//go:build linux || darwin || freebsd || netbsd || openbsd

package people

import (
	"os"

	"golang.org/x/sys/unix"
)

// lockFile waits until nobody else has locked the file, and locks it.
func lockFile(f *os.File) error {
	for {
		if err := unix.Flock(int(f.Fd()), unix.LOCK_EX); err != unix.EINTR {
			return err
		}
	}
}
