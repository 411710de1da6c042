//go:build unix

package ui

import (
	"os"
	"syscall"
)

// lock waits until no other process has locked f.
func lock(f *os.File) error { return syscall.Flock(int(f.Fd()), syscall.LOCK_EX) }
