package offline

import (
	"errors"
	"io"
	"iter"

	"linechat/chatd/internal/history"
	"linechat/chatd/internal/history/sqlite/internal/db"
	"linechat/chatd/internal/private"
)

// An Importer adds rooms to a data directory, which it locks.
type Importer struct {
	lock   io.Closer
	writer *db.Writer
}

// importBatch is how many posts are inserted at a time.
const importBatch = 256

// checkpointPages is how many pages the WAL may gather.
const checkpointPages = 64

// OpenImporter opens what is kept in dir, which it makes if there is none, and closes it to
// others. ErrInUse.
func OpenImporter(dir string, told private.Told) (*Importer, error) {
	lock, err := db.LockDir(dir, told)
	if err != nil {
		return nil, err
	}
	w, err := db.OpenWriter(dir, false, nil)
	if err != nil {
		return nil, errors.Join(err, lock.Close())
	}
	return &Importer{lock: lock, writer: w}, nil
}

// Close closes the files and unlocks the directory.
func (im *Importer) Close() error { return errors.Join(im.writer.Close(), im.lock.Close()) }

// Room adds a room with all its posts, or on an error nothing. The posts are numbered from
// First on without holes; an error that they yield is returned.
// history.ErrExists.
func (im *Importer) Room(r *RoomRecord, posts iter.Seq2[*history.Post, error]) error {
	err := im.writer.Transact(func(t *db.Tx) error {
		id, err := t.Create(db.RoomRow{Room: r.Room, Dropped: db.Nanos(r.Dropped)})
		if err != nil {
			return err
		}
		batch := make([]history.Post, 0, importBatch)
		for p, err := range posts {
			if err != nil {
				return err
			}
			if batch = append(batch, *p); len(batch) == importBatch {
				if err := t.Insert(id, batch); err != nil {
					return err
				}
				batch = batch[:0]
			}
		}
		if err := t.Insert(id, batch); err != nil {
			return err
		}
		return t.Flush()
	})
	_ = im.writer.Checkpoint(checkpointPages) // what stays in the WAL is stored as well
	return err
}
