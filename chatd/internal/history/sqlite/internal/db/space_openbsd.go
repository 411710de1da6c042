package db

import "golang.org/x/sys/unix"

// DiskSpace returns how many bytes of a file's disk are free for users other than root,
// and how many it has in all.
func DiskSpace(path string) (free, total int64, err error) {
	var fs unix.Statfs_t
	err = unix.Statfs(path, &fs)
	return fs.F_bavail * int64(fs.F_bsize), int64(fs.F_blocks) * int64(fs.F_bsize), err
}
