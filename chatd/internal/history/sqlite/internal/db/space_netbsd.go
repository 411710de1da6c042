package db

import "golang.org/x/sys/unix"

// DiskSpace returns how many bytes of a file's disk are free for users other than root,
// and how many it has in all.
func DiskSpace(path string) (free, total int64, err error) {
	var fs unix.Statvfs_t
	err = unix.Statvfs(path, &fs)
	return int64(fs.Bavail * fs.Frsize), int64(fs.Blocks * fs.Frsize), err
}
