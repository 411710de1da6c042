package db

import (
	"path/filepath"
	"strings"

	"golang.org/x/sys/windows"
)

// SyncDir does nothing: NTFS keeps names in its journal, and a directory cannot be
// flushed.
func SyncDir(string) error { return nil }

// SameDisk reports whether two files are on one disk, false if it cannot be seen.
func SameDisk(one, other string) bool {
	a, errA := filepath.Abs(one)
	b, errB := filepath.Abs(other)
	return errA == nil && errB == nil && strings.EqualFold(filepath.VolumeName(a), filepath.VolumeName(b))
}

// DiskSpace returns how many bytes of a file's disk are free for users other than root,
// and how many it has in all.
func DiskSpace(path string) (free, total int64, err error) {
	name, err := windows.UTF16PtrFromString(path)
	if err != nil {
		return 0, 0, err
	}
	var available, all, unused uint64
	err = windows.GetDiskFreeSpaceEx(name, &available, &all, &unused)
	return int64(available), int64(all), err
}
