package offline

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"linechat/chatd/internal/history/sqlite/internal/db"
)

// backupTick is how often Backup tells how far the copy is.
const backupTick = 200 * time.Millisecond

// Backup copies the rooms in dir, as they are at one moment, to a new file, and reports
// what is in it. A daemon may use dir meanwhile. The file gets its name when it is
// complete, checked and on the disk. fs.ErrExist: there is a file of that name.
func Backup(ctx context.Context, dir, file string, progress Progress) (Report, error) {
	source, err := openStore(ctx, dir)
	if err != nil {
		return Report{}, err
	}
	defer source.Close()
	if err := source.verify(&db.Chat); err != nil {
		return Report{}, err
	}
	temp, err := createBeside(file)
	if err != nil {
		return Report{}, err
	}
	defer os.Remove(temp)
	if err := source.copyTo(temp, progress); err != nil {
		return Report{}, err
	}
	if err := forgetDropped(ctx, temp); err != nil {
		return Report{}, source.copied(file, err)
	}
	report, err := Check(ctx, temp, progress)
	if err == nil && !report.OK() {
		err = fmt.Errorf("no backup was made of %s: %w, and chatd export saves all else", source.path, db.ErrDamaged)
	}
	if err != nil {
		return report, err
	}
	return report, publish(temp, file)
}

// createBeside creates an empty file, which only its owner can read, in file's
// directory.
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

// copyTo copies the snapshot to an empty file.
func (s *snapshot) copyTo(file string, progress Progress) error {
	size, err := s.BytesInUse()
	if err != nil {
		return s.copied(file, err)
	}
	if err := fits(file, size, s.path); err != nil {
		return err
	}
	done := make(chan error, 1)
	go func() {
		done <- s.Exec("VACUUM INTO ?", file)
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

// erasePages is how many pages of a copy one transaction overwrites.
const erasePages = 256

// forgetDropped deletes from a copy the posts of dropped rooms that were still to be
// deleted. After an error the copy is of no use.
func forgetDropped(ctx context.Context, file string) error {
	pragmas := append([]string{"journal_mode=OFF", "synchronous=OFF", db.SecureDelete}, db.CommonPragmas...)
	c, err := db.Open(file, db.Options{Pragmas: pragmas})
	if err != nil {
		return err
	}
	c.SetContext(ctx)
	some, err := deleteDropped(c)
	if err == nil && some {
		err = c.EraseAll(erasePages)
	}
	return errors.Join(err, c.Close())
}

// deleteDropped deletes these posts, and reports whether there was such a room. One whose
// row is damaged it leaves to Check.
func deleteDropped(c *db.Conn) (some bool, err error) {
	var rooms []int64
	err = c.Dropped(func(room int64, damaged error) error {
		if damaged == nil {
			rooms = append(rooms, room)
		}
		return nil
	})
	if err != nil || len(rooms) == 0 {
		return false, err
	}
	return true, c.Transact(func() error {
		err := c.Exec("INSERT OR REPLACE INTO meta VALUES ('last_id', (" + db.LastID + "))")
		for _, room := range rooms {
			err = errors.Join(err, c.Exec("DELETE FROM post WHERE room = ?", room), c.Exec("DELETE FROM dropped WHERE room = ?", room))
		}
		return err
	})
}

// copied returns the error of a copy, with what its reader can do about it.
func (s *snapshot) copied(file string, err error) error {
	switch {
	case db.IsCorrupt(err):
		return db.Damaged(s.path, err)
	case db.IsFull(err):
		return fmt.Errorf("there is no space for the backup in %s (%w)", filepath.Dir(file), err)
	}
	return err
}

// fits returns an error if there is no space for a copy, or if the copy would fill the
// source's own disk so far that the daemon takes no posts any longer.
func fits(file string, size int64, source string) error {
	free, total, err := db.DiskSpace(filepath.Dir(file))
	if err != nil {
		return nil // writing will show
	}
	spare := int64(0)
	if db.SameDisk(file, source) {
		spare = db.MinFreeAuto(total)
	}
	if free-spare < size {
		return fmt.Errorf("there is no space for the backup in %s: it takes %d bytes, %d are free, and %d are to stay so", filepath.Dir(file), size, free, spare)
	}
	return nil
}

// publish syncs a file and gives it its name.
func publish(temp, file string) error {
	if err := syncFile(temp); err != nil {
		return err
	}
	if err := linkOrRename(temp, file); err != nil {
		return err
	}
	return db.SyncDir(filepath.Dir(file))
}

func syncFile(name string) error {
	f, err := os.OpenFile(name, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}

// linkOrRename gives a file its name without replacing another file.
func linkOrRename(from, to string) error {
	err := os.Link(from, to)
	if err == nil || errors.Is(err, fs.ErrExist) {
		return err
	}
	if _, err := os.Lstat(to); err == nil { // where there are no links
		return fmt.Errorf("%s: %w", to, fs.ErrExist)
	}
	return os.Rename(from, to)
}
