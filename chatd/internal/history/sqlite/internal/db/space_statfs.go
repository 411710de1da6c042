//go:build darwin || dragonfly || freebsd || linux

package db

import "golang.org/x/sys/unix"

// DiskSpace returns how many bytes of a file's disk are free for users other than root,
// and how many it has in all.
func DiskSpace(path string) (free, total int64, err error) {
	var fs unix.Statfs_t
	err = unix.Statfs(path, &fs)
	return int64(fs.Bavail) * int64(fs.Bsize), int64(fs.Blocks) * int64(fs.Bsize), err
}
