//go:build !386 && !arm

package main

import (
	"context"
	"maps"
	"math/rand/v2"
	"os"
	"path"
	"slices"
	"strings"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/hanwen/go-fuse/v2/fs"
	"github.com/hanwen/go-fuse/v2/fuse"
	"golang.org/x/sys/unix"
)

// Amnesia is a file system in this program's memory, which knows what of each file
// has been synced. When the power is cut, every page that was written since then
// survives or not, at random; no page survives in part. Creating, renaming and
// removing a file is durable at once. The file system can be made to fail.
//
// It has neither links nor sockets. This program must not use the files through the
// kernel, because it would wait for itself.

// A disk is amnesia, mounted.
type disk struct {
	dir         string
	root        *folder
	server      *fuse.Server
	ignoreFsync bool // what was synced may be lost
	failure     atomic.Pointer[failure]
}

// canMount returns why this machine cannot mount amnesia; nil if it can.
func canMount() error {
	if os.Geteuid() != 0 {
		return skipped{"mounting a file system needs root"}
	}
	f, err := os.OpenFile("/dev/fuse", os.O_RDWR, 0)
	if err != nil {
		return skipped{"/dev/fuse cannot be opened: " + err.Error()}
	}
	return f.Close()
}

// mount mounts a disk with these files.
func mount(dir string, files image) (*disk, error) {
	d := &disk{dir: dir}
	d.root = &folder{disk: d, files: files}
	// What the kernel caches stays valid, because all changes pass through it.
	valid := time.Minute
	options := &fs.Options{EntryTimeout: &valid, AttrTimeout: &valid, MountOptions: fuse.MountOptions{
		FsName: "amnesia", Name: "amnesia", DirectMountStrict: true,
		DisableXAttrs: true, ExplicitDataCacheControl: true,
	}}
	var err error
	d.server, err = fs.Mount(dir, d.root, options)
	return d, err
}

// unmount unmounts the disk. No process may have files of it open.
func (d *disk) unmount() error {
	err := d.server.Unmount()
	if err != nil {
		_ = unix.Unmount(d.dir, unix.MNT_DETACH)
	}
	return err
}

// cut returns what a power cut leaves: pages that were not synced survive with the
// probability keep. Whoever writes must have been killed.
func (d *disk) cut(r *rand.Rand, keep float64) image {
	left := image{}
	d.root.survive(left, "", r, keep)
	return left
}

// A folder is a directory.
type folder struct {
	fs.Inode
	disk  *disk
	files image // of the root: the first files, until OnAdd
}

// survive adds what a power cut leaves of the directory, whose files have names that begin so.
func (f *folder) survive(left image, prefix string, r *rand.Rand, keep float64) {
	children := f.Children()
	for _, name := range slices.Sorted(maps.Keys(children)) {
		switch child := children[name].Operations().(type) {
		case *file:
			left[prefix+name] = child.survive(r, keep)
		case *folder:
			left[prefix+name+"/"] = nil
			child.survive(left, prefix+name+"/", r, keep)
		}
	}
}

// OnAdd adds the first files, and the directories before what is in them.
func (f *folder) OnAdd(ctx context.Context) {
	for _, name := range slices.Sorted(maps.Keys(f.files)) {
		in := &f.Inode
		dir, base := path.Split(strings.TrimSuffix(name, "/"))
		for step := range strings.SplitSeq(strings.TrimSuffix(dir, "/"), "/") {
			if step != "" {
				in = in.GetChild(step)
			}
		}
		if strings.HasSuffix(name, "/") {
			in.AddChild(base, in.NewPersistentInode(ctx, &folder{disk: f.disk}, fs.StableAttr{Mode: syscall.S_IFDIR}), false)
			continue
		}
		child := &file{disk: f.disk, name: base, mode: 0o600, data: slices.Clone(f.files[name]), safe: f.files[name]}
		in.AddChild(base, in.NewPersistentInode(ctx, child, fs.StableAttr{Mode: syscall.S_IFREG}), false)
	}
	f.files = nil
}

const folderMode = syscall.S_IFDIR | 0o700

// Getattr implements fs.NodeGetattrer: the directory is its owner's alone, as chatd wants it.
func (f *folder) Getattr(_ context.Context, _ fs.FileHandle, out *fuse.AttrOut) syscall.Errno {
	out.Mode = folderMode
	return 0
}

// Create creates an empty file.
func (f *folder) Create(ctx context.Context, name string, _, mode uint32, out *fuse.EntryOut) (*fs.Inode, fs.FileHandle, uint32, syscall.Errno) {
	if errno := f.disk.failure.Load().onChange(name); errno != 0 {
		return nil, nil, 0, errno
	}
	child := &file{disk: f.disk, name: name, mode: mode & 0o777}
	child.attributes(&out.Attr)
	return f.NewPersistentInode(ctx, child, fs.StableAttr{Mode: syscall.S_IFREG}), nil, fuse.FOPEN_KEEP_CACHE, 0
}

// Mkdir creates an empty directory.
func (f *folder) Mkdir(ctx context.Context, name string, _ uint32, out *fuse.EntryOut) (*fs.Inode, syscall.Errno) {
	if errno := f.disk.failure.Load().onChange(name); errno != 0 {
		return nil, errno
	}
	child := &folder{disk: f.disk}
	out.Mode = folderMode
	return f.NewPersistentInode(ctx, child, fs.StableAttr{Mode: syscall.S_IFDIR}), 0
}

// Rmdir removes a directory, which must be empty.
func (f *folder) Rmdir(_ context.Context, name string) syscall.Errno {
	if child := f.GetChild(name); child != nil && len(child.Children()) > 0 {
		return syscall.ENOTEMPTY
	}
	return f.disk.failure.Load().onChange(name)
}

// Rename and Unlink have nothing to do beyond what the library does.
func (f *folder) Rename(_ context.Context, name string, _ fs.InodeEmbedder, _ string, _ uint32) syscall.Errno {
	return f.disk.failure.Load().onChange(name)
}

func (f *folder) Unlink(_ context.Context, name string) syscall.Errno {
	return f.disk.failure.Load().onChange(name)
}

// Fsync of the directory does nothing: it is durable at once.
func (f *folder) Fsync(context.Context, fs.FileHandle, uint32) syscall.Errno { return 0 }

// Statfs reports free space, whatever else fails.
func (f *folder) Statfs(_ context.Context, out *fuse.StatfsOut) syscall.Errno {
	const blocks = 64 << 30 / pageBytes
	*out = fuse.StatfsOut{Bsize: pageBytes, Frsize: pageBytes, Blocks: blocks, Bfree: blocks, Bavail: blocks, NameLen: 255}
	return 0
}
