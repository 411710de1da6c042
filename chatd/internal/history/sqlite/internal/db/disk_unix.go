//go:build unix

package db

import (
	"errors"
	"os"
	"syscall"
)

// SyncDir syncs a directory, so that the names in it outlast a power cut.
func SyncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

// SameDisk reports whether two files are on one disk, false if it cannot be seen.
func SameDisk(one, other string) bool {
	a, errA := os.Stat(one)
	b, errB := os.Stat(other)
	if errA != nil || errB != nil {
		return false
	}
	statA, okA := a.Sys().(*syscall.Stat_t)
	statB, okB := b.Sys().(*syscall.Stat_t)
	return okA && okB && statA.Dev == statB.Dev
}
