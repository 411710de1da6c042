package db

import "golang.org/x/sys/unix"

// DiskSpace returns how many bytes the disk of a file has free, for whoever is not
// root, and how many in all.
func DiskSpace(path string) (free, total int64, err error) {
	var fs unix.Statfs_t
	err = unix.Statfs(path, &fs)
	return fs.F_bavail * int64(fs.F_bsize), int64(fs.F_blocks) * int64(fs.F_bsize), err
}
