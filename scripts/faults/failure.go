package main

import (
	"strings"
	"sync/atomic"
	"syscall"
)

// A failure is a way in which a disk fails. A nil failure is a disk that works.
type failure struct {
	name     string
	sync     syscall.Errno // the error of fsync and fdatasync
	change   syscall.Errno // the error of whatever changes a file or the directory
	halve    bool          // writes write only their first half; if change is set, every other write fails with it
	harmless bool          // a program that continues short writes works

	writes atomic.Int64
}

// state returns the state of a disk that fails like this.
func (f *failure) state() diskState {
	if f.harmless {
		return impaired
	}
	return failing
}

// failures returns all failures, in the order of the trials.
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

// sharedMemory is the suffix of SQLite's shared memory. That is a file only so that
// processes find it; it is never synced and does not fail.
const sharedMemory = "-shm"

func (f *failure) onSync() syscall.Errno {
	if f == nil {
		return 0
	}
	return f.sync
}

// onChange returns the error of changing a file's size or name.
func (f *failure) onChange(name string) syscall.Errno {
	if f == nil || strings.HasSuffix(name, sharedMemory) {
		return 0
	}
	return f.change
}

// onWrite returns how many bytes a write writes, or its error.
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
