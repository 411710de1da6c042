package sqlite

import (
	"context"
	"errors"
	"fmt"
	"math"
	"time"

	"linechat/chatd/internal/history/sqlite/internal/db"
)

// DropRoom implements history.Store. When it returns, the room is gone for every method,
// also after a crash. The deleter does the rest at once, or when the store is opened again:
// it deletes the posts in slices, has the indexer write search.db anew without them,
// overwrites in both files what is left of them in free space, and empties both WALs,
// which may wait for those who read them. Of a million posts that takes about a minute.
//
// What an older chatd deleted, which overwrote nothing, may stay in chat.db until a backup
// takes its place, and so may copies in the free space of a file of 128 GB or more.
func (s *Store) DropRoom(_ context.Context, fold string) error {
	err := s.change(func(t *db.Tx) error {
		s.heads.drop(fold)
		return t.DropRoom(fold)
	})
	signal(s.dropped)
	return err
}

// Unused implements history.Store.
func (s *Store) Unused(ctx context.Context, t time.Time, after string, limit int) (folds []string, err error) {
	err = s.read(ctx, func(c *db.Conn) (err error) { folds, err = c.Unused(t, after, limit); return err })
	return folds, err
}

// DropUnused implements history.Store.
func (s *Store) DropUnused(_ context.Context, fold string, before time.Time) error {
	return s.change(func(t *db.Tx) error {
		s.heads.drop(fold)
		return t.DropUnused(fold, before)
	})
}

// finishDrops deletes what is left of rooms that were dropped.
func (s *Store) finishDrops(ctx context.Context) error {
	rooms, damaged := s.droppedRooms(ctx)
	if len(rooms) == 0 {
		return damaged
	}
	gone := make([]int64, 0, len(rooms))
	err := each(rooms, func(room int64) error {
		err := s.inSlices(ctx, func(t *db.Tx) (slice, error) { return deleteSlice(t, room, math.MaxInt64) })
		if err == nil {
			gone = append(gone, room)
		}
		return err
	})
	if len(gone) > 0 {
		err = errors.Join(err, s.forgetDropped(ctx, gone))
	}
	return errors.Join(err, damaged)
}

// forgetDropped deletes what is left of rooms that have no posts any longer: their words,
// copies of their posts in free space, and last what says that something is left.
func (s *Store) forgetDropped(ctx context.Context, rooms []int64) error {
	if err := errors.Join(s.index.purge(ctx, rooms), s.erase(ctx)); err != nil {
		return err
	}
	return s.write(func(t *db.Tx) error {
		for _, room := range rooms {
			if err := t.Exec("DELETE FROM dropped WHERE room = ?", room); err != nil {
				return err
			}
		}
		return nil
	})
}

// droppedRooms returns the ids of the rooms of which something may be left, also with an
// error.
func (s *Store) droppedRooms(ctx context.Context) (rooms []int64, damaged error) {
	err := s.reader.Use(ctx, func(c *db.Conn) error {
		return c.Dropped(func(room int64, err error) error {
			if err != nil {
				damaged = err
				return nil
			}
			rooms = append(rooms, room)
			return nil
		})
	})
	return rooms, errors.Join(err, damaged)
}

// sliceRows is how many posts one transaction deletes, at most.
const sliceRows = 500

// A slice is what one transaction deletes of a room's posts.
type slice struct {
	ids  []int64
	last uint64 // the last number that is deleted, or was already
	time int64  // of that post; 0: no post was deleted
	more bool   // there may be more
}

// deleteSlice deletes the oldest posts of a room up to a number.
func deleteSlice(t *db.Tx, room int64, upto uint64) (s slice, err error) {
	err = t.Each("SELECT id, seq, time FROM post WHERE room = ? AND seq <= ? ORDER BY seq LIMIT ?", func(row *db.Row) error {
		var id int64
		err := row.Scan(&id, &s.last, &s.time)
		s.ids = append(s.ids, id)
		return err
	}, room, db.Signed(upto), sliceRows)
	if db.IsCorrupt(err) { // the others in the transaction are not to fail for that
		err = fmt.Errorf("%w: %w", db.ErrDamaged, err)
	}
	if err != nil {
		return slice{}, err
	}
	if s.more = len(s.ids) == sliceRows && s.last < upto; !s.more {
		s.last = upto
	}
	t.Touched(len(s.ids)) // at most: they may be anywhere
	if err := t.Exec("DELETE FROM post WHERE room = ? AND seq <= ?", room, db.Signed(s.last)); err != nil {
		return slice{}, err
	}
	return s, t.Exec("INSERT OR REPLACE INTO meta VALUES ('last_id', ?)", t.ID-1)
}

// inSlices calls next in one transaction after another, until there are no more posts to
// be deleted.
func (s *Store) inSlices(ctx context.Context, next func(*db.Tx) (slice, error)) error {
	for more := true; more; {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		var deleted slice
		err := s.write(func(t *db.Tx) (err error) {
			deleted, err = next(t)
			return err
		})
		if err != nil {
			return err
		}
		s.index.forget(deleted.ids)
		more = deleted.more
	}
	return nil
}
