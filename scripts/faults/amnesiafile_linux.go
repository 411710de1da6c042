//go:build !386 && !arm

package main

import (
	"context"
	"maps"
	"math/rand/v2"
	"slices"
	"sync"
	"syscall"

	"github.com/hanwen/go-fuse/v2/fs"
	"github.com/hanwen/go-fuse/v2/fuse"
)

// A file holds what programs see, and what a power cut would leave.
type file struct {
	fs.Inode
	disk *disk
	name string // at its creation
	mode uint32

	mu       sync.Mutex
	data     []byte // what programs see
	safe     []byte // what was synced
	unsynced pages
	// When syncing a page fails, the kernel marks it clean all the same. No later
	// sync makes it durable unless it is written again.
	abandoned pages
	shrunk    bool // since the last sync
	smallest  int  // size since the last sync, if shrunk
}

// pages is a set of pages, by number.
type pages map[int]struct{}

// mark adds the pages that hold the bytes from, …, to-1.
func (p *pages) mark(from, to int) {
	if *p == nil {
		*p = pages{}
	}
	for page := from / pageBytes; page*pageBytes < to; page++ {
		(*p)[page] = struct{}{}
	}
}

// survive returns what a power cut leaves of the file. Its length is that of the
// last sync, or more if a page after it survives. Shortening the file survives or
// not, like a page.
func (f *file) survive(r *rand.Rand, keep float64) []byte {
	f.mu.Lock()
	defer f.mu.Unlock()
	left := slices.Clone(f.safe)
	if f.shrunk && f.smallest < len(left) && r.Float64() < keep {
		left = left[:f.smallest]
	}
	atRisk := maps.Clone(f.unsynced)
	if atRisk == nil {
		atRisk = pages{}
	}
	maps.Copy(atRisk, f.abandoned)
	for _, page := range slices.Sorted(maps.Keys(atRisk)) {
		if r.Float64() < keep {
			left = copyPage(left, f.data, page)
		}
	}
	return left
}

// copyPage copies a page to dst, which grows if it must.
func copyPage(dst, src []byte, page int) []byte {
	from, to := page*pageBytes, min((page+1)*pageBytes, len(src))
	if from >= to {
		return dst
	}
	if len(dst) < to {
		dst = resize(dst, to)
	}
	copy(dst[from:to], src[from:to])
	return dst
}

// resize shortens b, or extends it with zeros.
func resize(b []byte, size int) []byte {
	if size <= len(b) {
		return b[:size]
	}
	old := len(b)
	b = slices.Grow(b, size-old)[:size]
	clear(b[old:])
	return b
}

// Fsync makes the file durable. fsync and fdatasync do the same.
func (f *file) Fsync(context.Context, fs.FileHandle, uint32) syscall.Errno {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.disk.ignoreFsync {
		return 0
	}
	if errno := f.disk.failure.Load().onSync(); errno != 0 {
		if f.abandoned == nil {
			f.abandoned = pages{}
		}
		maps.Copy(f.abandoned, f.unsynced)
		clear(f.unsynced)
		return errno
	}
	if f.shrunk {
		f.safe = resize(f.safe, min(len(f.safe), f.smallest))
		f.shrunk = false
	}
	for page := range f.unsynced {
		f.safe = copyPage(f.safe, f.data, page)
	}
	clear(f.unsynced)
	f.safe = resize(f.safe, len(f.data))
	return 0
}

// Open returns no handle, because files need none. What the kernel has cached stays
// valid.
func (f *file) Open(_ context.Context, flags uint32) (fs.FileHandle, uint32, syscall.Errno) {
	if flags&syscall.O_TRUNC != 0 {
		f.mu.Lock()
		f.truncate(0)
		f.mu.Unlock()
	}
	return nil, fuse.FOPEN_KEEP_CACHE, 0
}

// Read implements fs.NodeReader.
func (f *file) Read(_ context.Context, _ fs.FileHandle, dest []byte, off int64) (fuse.ReadResult, syscall.Errno) {
	f.mu.Lock()
	defer f.mu.Unlock()
	n := 0
	if off < int64(len(f.data)) {
		n = copy(dest, f.data[off:])
	}
	return fuse.ReadResultData(dest[:n]), 0
}

// Write implements fs.NodeWriter.
func (f *file) Write(_ context.Context, _ fs.FileHandle, data []byte, off int64) (uint32, syscall.Errno) {
	n, errno := f.disk.failure.Load().onWrite(f.name, len(data))
	if errno != 0 {
		return 0, errno
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	from, to := int(off), int(off)+n
	if to > len(f.data) {
		f.data = resize(f.data, to)
	}
	copy(f.data[from:to], data)
	f.unsynced.mark(from, to)
	for page := from / pageBytes; page*pageBytes < to; page++ {
		delete(f.abandoned, page)
	}
	return uint32(n), 0
}

// truncate changes the size. f.mu must be held.
func (f *file) truncate(size int) {
	if size < len(f.data) {
		if !f.shrunk || size < f.smallest {
			f.shrunk, f.smallest = true, size
		}
		beyond := func(page int, _ struct{}) bool { return page*pageBytes >= size }
		maps.DeleteFunc(f.unsynced, beyond)
		maps.DeleteFunc(f.abandoned, beyond)
	}
	f.data = resize(f.data, size)
}

// Setattr implements fs.NodeSetattrer. Times are ignored.
func (f *file) Setattr(_ context.Context, _ fs.FileHandle, in *fuse.SetAttrIn, out *fuse.AttrOut) syscall.Errno {
	size, resized := in.GetSize()
	if resized {
		if errno := f.disk.failure.Load().onChange(f.name); errno != 0 {
			return errno
		}
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if resized {
		f.truncate(int(size))
	}
	if mode, ok := in.GetMode(); ok {
		f.mode = mode & 0o777
	}
	f.fill(&out.Attr)
	return 0
}

// Getattr implements fs.NodeGetattrer.
func (f *file) Getattr(_ context.Context, _ fs.FileHandle, out *fuse.AttrOut) syscall.Errno {
	f.attributes(&out.Attr)
	return 0
}

// attributes fills in the attributes, also when the kernel looks up a child.
func (f *file) attributes(out *fuse.Attr) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.fill(out)
}

// fill fills in the attributes. f.mu must be held.
func (f *file) fill(out *fuse.Attr) {
	out.Mode = syscall.S_IFREG | f.mode
	out.Size = uint64(len(f.data))
	out.Blocks = (out.Size + 511) / 512
	out.Blksize = pageBytes
	out.Nlink = 1
}
