package sqlite

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"os"
	"path/filepath"
	"time"

	"linechat/chatd/internal/history"
)

// A RoomRecord is all that is stored of a room but its posts.
type RoomRecord struct {
	history.Room
	// Dropped is when post First-1 was made, the last that retention has dropped;
	// zero: there was none.
	Dropped time.Time
}

// An Importer adds rooms to a data directory, which it alone uses.
type Importer struct {
	lock   *os.File
	writer *writer
}

// importBatch is how many posts are inserted at a time.
const importBatch = 256

// OpenImporter opens what is kept in dir, which it makes if there is none.
// ErrInUse.
func OpenImporter(dir string) (*Importer, error) {
	lock, err := lockDir(dir)
	if err != nil {
		return nil, err
	}
	w, err := openWriter(context.Background(), filepath.Join(dir, dbFile))
	if err != nil {
		return nil, errors.Join(err, lock.Close())
	}
	return &Importer{lock: lock, writer: w}, nil
}

// openWriter opens a chat.db for writing, and makes it if there is none.
func openWriter(ctx context.Context, path string) (*writer, error) {
	if err := createPrivate(path); err != nil {
		return nil, err
	}
	w, err := newWriter(ctx, path)
	if err != nil {
		return nil, hint(path, err)
	}
	if err = chatSchema.migrate(ctx, w.Conn); err == nil {
		err = w.prepare(ctx)
	}
	if err != nil {
		return nil, errors.Join(hint(path, err), w.close())
	}
	return w, nil
}

// Close gives the directory back.
func (im *Importer) Close() error { return errors.Join(im.writer.close(), im.lock.Close()) }

// Room adds a room with its posts, whole, or on an error not at all. posts are
// numbered from First on without holes; an error among them is returned.
// history.ErrExists.
func (im *Importer) Room(r *RoomRecord, posts iter.Seq2[*history.Post, error]) error {
	err := im.writer.transact(func(t *tx) error {
		id, err := t.add(r)
		if err != nil {
			return err
		}
		batch := make([]history.Post, 0, importBatch)
		for p, err := range posts {
			if err != nil {
				return err
			}
			if batch = append(batch, *p); len(batch) == importBatch {
				if err := t.insert(id, batch); err != nil {
					return err
				}
				batch = batch[:0]
			}
		}
		if err := t.insert(id, batch); err != nil {
			return err
		}
		return t.flush()
	})
	im.writer.checkpoint(quietPages)
	return err
}

// add inserts a room as it was elsewhere, and returns its id. history.ErrExists.
func (t *tx) add(r *RoomRecord) (id int64, err error) {
	if err := t.create(r.Room); err != nil {
		return 0, err
	}
	row, err := t.room(r.Name.Fold)
	if err != nil {
		return 0, err
	}
	row.last = nanos(r.Dropped)
	return row.id, t.update(&row)
}

// A Sink takes what Export reads. Its errors end the export.
type Sink interface {
	Room(*RoomRecord) error
	Post(*history.Post) error // of the room before it, in order
	// Damage says in a line what cannot be read or has changed, and is left out or,
	// of a room, given as it is.
	Damage(line string) error
}

// Export reads what is kept in dir, as it is at one moment: the rooms in the
// order of their folds, or only that of a fold, each with its posts. A daemon
// may use dir meanwhile. history.ErrNoRoom.
func Export(ctx context.Context, dir, fold string, to Sink) error {
	s, err := openStore(ctx, dir, "PRAGMA writable_schema=ON") // so that SQLite reads a file that was cut short
	if err != nil {
		return err
	}
	defer s.close()
	if err := s.verify(ctx, &chatSchema); err != nil {
		return err
	}
	e := &exporter{snapshot: s, ctx: ctx, to: to}
	if err := e.run(fold); err != nil {
		if code(err) != 0 {
			err = fmt.Errorf("%s cannot be read any further (%w); a backup can take its place", s.path, err)
		}
		return err
	}
	return nil
}
