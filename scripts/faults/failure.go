package main

import (
	"strings"
	"sync/atomic"
	"syscall"
)

// A failure is how a disk fails. nil is a disk that does not.
type failure struct {
	name     string
	sync     syscall.Errno // what fsync and fdatasync answer
	change   syscall.Errno // what everything answers that changes a file or the directory
	halve    bool          // of a write the first half is written; with change, every other write is answered with that
	harmless bool          // programs that write on where a write has stopped notice nothing

	writes atomic.Int64
}

// state returns how chatd may answer while the disk fails so.
func (f *failure) state() diskState {
	if f.harmless {
		return impaired
	}
	return failing
}

// failures are those that eio goes through.
func failures() []*failure {
	return []*failure{
		{name: "fsync EIO", sync: syscall.EIO},
		{name: "write EIO", change: syscall.EIO},
		{name: "write ENOSPC", change: syscall.ENOSPC},
		{name: "half, then EIO", change: syscall.EIO, halve: true},
		{name: "half, then ENOSPC", change: syscall.ENOSPC, halve: true},
		{name: "EROFS", change: syscall.EROFS},
		{name: "all EIO", sync: syscall.EIO, change: syscall.EIO},
		{name: "short writes", halve: true, harmless: true},
	}
}

// sharedMemory is the end of the name of SQLite's shared memory, which is a
// file only so that processes find it. It is never synced, and does not fail.
const sharedMemory = "-shm"

func (f *failure) onSync() syscall.Errno {
	if f == nil {
		return 0
	}
	return f.sync
}

// onChange returns the answer to a change of a file's size or name.
func (f *failure) onChange(name string) syscall.Errno {
	if f == nil || strings.HasSuffix(name, sharedMemory) {
		return 0
	}
	return f.change
}

// onWrite returns how many bytes of a write are written, or the error.
func (f *failure) onWrite(name string, size int) (int, syscall.Errno) {
	switch {
	case f == nil || strings.HasSuffix(name, sharedMemory):
		return size, 0
	case f.halve && (f.change == 0 || f.writes.Add(1)%2 == 1):
		return max(1, size/2), 0
	case f.change != 0:
		return 0, f.change
	}
	return size, 0
}
