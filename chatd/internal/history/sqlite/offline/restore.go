package offline

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"linechat/chatd/internal/history/sqlite/internal/db"
	"linechat/chatd/internal/private"
)

// Restore puts the copy of a shared log that another machine has into dir, which it makes if
// there is none: fetch writes it, what Copy.Snapshot of that machine has made. It is checked before it
// gets its name, and after an error nothing has changed. The copy may be of any position: whoever
// opens it reads in the log what follows, or learns that the log no longer has that. A dir that
// has a store already is refused, whatever its position, unless that is a copy of which nothing is
// applied yet. No daemon may use dir.
func Restore(ctx context.Context, dir string, told private.Told, fetch func(io.Writer) error, progress Progress) (Report, error) {
	lock, err := db.LockDir(dir, told)
	if err != nil {
		return Report{}, err
	}
	defer lock.Close()
	file := filepath.Join(dir, db.ChatFile)
	if err := vacant(ctx, file); err != nil {
		return Report{}, err
	}
	temp, err := db.TempFile(dir)
	if err != nil {
		return Report{}, err
	}
	defer os.Remove(temp)
	if err := write(temp, fetch); err != nil {
		return Report{}, err
	}
	if err := db.Adopt(temp); err != nil {
		return Report{}, fmt.Errorf("the copy of another machine: %w", err)
	}
	report, err := Check(ctx, temp, progress)
	if err == nil && !report.OK() {
		err = fmt.Errorf("the copy of another machine is damaged: %s", report.Problems[0])
	}
	if err != nil {
		return report, err
	}
	return report, replace(temp, file)
}

// vacant returns an error if a chat.db has anything that would be lost.
func vacant(ctx context.Context, file string) error {
	s, err := openSnapshot(ctx, file)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	defer s.Close()
	version, err := db.Chat.Version(s.Conn)
	if err != nil || version == 0 {
		return err
	}
	if err := s.verify(&db.Chat); err != nil {
		return err
	}
	applied, shared, err := s.Applied()
	if err == nil && (!shared || applied > 0) {
		err = fmt.Errorf("%s has rooms: move the data directory away, or name another with --data, and a copy of another machine can take its place", file)
	}
	return err
}

// write makes a file that only its owner can read, of what fetch writes.
func write(file string, fetch func(io.Writer) error) error {
	f, err := os.OpenFile(file, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	return errors.Join(fetch(f), f.Close())
}

// replace syncs a file and gives it the name of another. What has been written to that since
// its last checkpoint goes first, lest it be read as a part of the new one.
func replace(temp, file string) error {
	for _, suffix := range []string{"-wal", "-shm"} {
		if err := os.Remove(file + suffix); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	if err := syncFile(temp); err != nil {
		return err
	}
	if err := os.Rename(temp, file); err != nil {
		return err
	}
	return db.SyncDir(filepath.Dir(file))
}
