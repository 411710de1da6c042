package sqlite

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"golang.org/x/sys/unix"
)

// backupTick is how often Backup tells how far the copy is.
const backupTick = 200 * time.Millisecond

// Backup copies what is kept in dir, as it is at one moment, to a new file, and
// says what is in it. A daemon may use dir meanwhile. The file has its name only
// when it is whole, checked and on the disk. fs.ErrExist: there is a file of that
// name.
func Backup(ctx context.Context, dir, file string, progress Progress) (Report, error) {
	source, err := openStore(ctx, dir)
	if err != nil {
		return Report{}, err
	}
	defer source.close()
	if err := source.verify(ctx, &chatSchema); err != nil {
		return Report{}, err
	}
	temp, err := createBeside(file)
	if err != nil {
		return Report{}, err
	}
	defer os.Remove(temp) // after the rename there is none
	if err := source.copyTo(ctx, temp, progress); err != nil {
		return Report{}, err
	}
	report, err := Check(ctx, temp, progress)
	if err == nil && !report.OK() {
		err = fmt.Errorf("no backup was made of %s: %w, and chatd export saves all else", source.path, errDamaged)
	}
	if err != nil {
		return report, err
	}
	return report, publish(temp, file)
}

// createBeside makes an empty file, which only its owner can read, in the
// directory where file is to be.
func createBeside(file string) (temp string, err error) {
	if _, err := os.Lstat(file); err == nil {
		return "", fmt.Errorf("%s: %w", file, fs.ErrExist)
	}
	f, err := os.CreateTemp(filepath.Dir(file), ".chatd-backup-")
	if err != nil {
		return "", err
	}
	return f.Name(), f.Close()
}

// copyTo writes the content of the file to an empty one.
func (s *snapshot) copyTo(ctx context.Context, file string, progress Progress) error {
	size, err := bytesInUse(ctx, s.db)
	if err != nil {
		return s.copied(file, err)
	}
	if err := fits(file, size, s.path); err != nil {
		return err
	}
	done := make(chan error, 1)
	go func() {
		_, err := s.conn.ExecContext(ctx, "VACUUM INTO ?", file)
		done <- err
	}()
	tick := time.NewTicker(backupTick)
	defer tick.Stop()
	for {
		select {
		case err := <-done:
			return s.copied(file, err)
		case <-tick.C:
			if st, err := os.Stat(file); err == nil {
				progress.tell("copied", min(st.Size(), size), size)
			}
		}
	}
}

// copied says why a copy could not be written.
func (s *snapshot) copied(file string, err error) error {
	switch code(err) {
	case sqliteCorrupt, sqliteNotADB:
		return hint(s.path, err)
	case sqliteFull:
		return fmt.Errorf("there is no space for the backup in %s (%w)", filepath.Dir(file), err)
	}
	return err
}

// fits refuses a copy for which there is no space, or which would leave the disk
// of the source too little: the daemon there would take no posts any longer.
func fits(file string, size int64, source string) error {
	var disk unix.Statfs_t
	var here, there unix.Stat_t
	if err := errors.Join(unix.Statfs(file, &disk), unix.Stat(file, &here), unix.Stat(source, &there)); err != nil {
		return nil // writing will show
	}
	free, spare := int64(disk.Bavail)*disk.Bsize, int64(0)
	if here.Dev == there.Dev {
		spare = min(64<<20, int64(disk.Blocks)*disk.Bsize/20) // as MinFreeAuto
	}
	if free-spare < size {
		return fmt.Errorf("there is no space for the backup in %s: it takes %d bytes, %d are free, and %d are to stay so", filepath.Dir(file), size, free, spare)
	}
	return nil
}

// publish has a file outlast a power cut, and gives it its name.
func publish(temp, file string) error {
	f, err := os.OpenFile(temp, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	if err := errors.Join(f.Sync(), f.Close()); err != nil {
		return err
	}
	if err := renameNew(temp, file); err != nil {
		return err
	}
	return syncDir(filepath.Dir(file))
}

// renameNew renames a file, and replaces none.
func renameNew(from, to string) error {
	err := unix.Renameat2(unix.AT_FDCWD, from, unix.AT_FDCWD, to, unix.RENAME_NOREPLACE)
	if errors.Is(err, unix.EINVAL) || errors.Is(err, unix.ENOSYS) { // not on every file system
		if _, err := os.Lstat(to); err == nil {
			return fmt.Errorf("%s: %w", to, fs.ErrExist)
		}
		return os.Rename(from, to)
	}
	if err != nil {
		return &os.LinkError{Op: "rename", Old: from, New: to, Err: err}
	}
	return nil
}
