package db

import "golang.org/x/sys/unix"

// DiskSpace returns how many bytes the disk of a file has free, for whoever is not
// root, and how many in all.
func DiskSpace(path string) (free, total int64, err error) {
	var fs unix.Statvfs_t
	err = unix.Statvfs(path, &fs)
	return int64(fs.Bavail * fs.Frsize), int64(fs.Blocks * fs.Frsize), err
}
