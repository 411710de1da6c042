package sqlite

import (
	"context"
	"errors"
	"time"

	"linechat/chatd/internal/history/sqlite/internal/db"
)

// Retain says how much is kept. A zero field sets no bound.
type Retain struct {
	Age   time.Duration // of a post
	Posts uint64        // of each room, the newest
	Size  int64         // bytes of chat.db and search.db together
}

// retainEvery is the time between two runs of retention.
const retainEvery = 10 * time.Second

// deleteAll is the deleter's goroutine.
func (s *Store) deleteAll(bounds Retain) {
	for failing := false; ; {
		err := errors.Join(s.finishDrops(s.ctx), s.retain(s.ctx, bounds))
		if err != nil && !failing && s.ctx.Err() == nil {
			s.log.Warn("not all has been deleted that is to be, and it is tried again and again", "err", err)
		}
		failing = err != nil
		var again <-chan time.Time
		if failing || bounds != (Retain{}) {
			again = time.After(retainEvery)
		}
		select {
		case <-again:
		case <-s.dropped:
		case <-s.ctx.Done():
			return
		}
	}
}

// retain drops what is beyond the bounds now.
func (s *Store) retain(ctx context.Context, bounds Retain) error {
	var errs []error
	if age := bounds.Age; age > 0 {
		errs = append(errs, s.dropOld(ctx, time.Now().Add(-age)))
	}
	if posts := bounds.Posts; posts > 0 {
		errs = append(errs, s.dropMany(ctx, posts))
	}
	if size := bounds.Size; size > 0 {
		errs = append(errs, s.dropBeyond(ctx, size))
	}
	return errors.Join(errs...)
}

// A cutoff is a room, and the last number that is deleted.
type cutoff struct {
	fold string
	seq  uint64
}

// cutoffs returns the cutoffs that a query selects.
func (s *Store) cutoffs(ctx context.Context, query string, args ...any) (list []cutoff, err error) {
	err = s.reader.Use(ctx, func(c *db.Conn) error {
		return c.Each(query, func(r *db.Row) error {
			var c cutoff
			err := r.Scan(&c.fold, &c.seq)
			list = append(list, c)
			return err
		}, args...)
	})
	return list, err
}

// dropOld drops posts made before t.
func (s *Store) dropOld(ctx context.Context, t time.Time) error {
	old, err := s.cutoffs(ctx, "SELECT fold, first FROM room WHERE (SELECT time FROM post WHERE post.room = room.id AND seq = first) < ?", t.UnixNano())
	if err != nil {
		return err
	}
	return each(old, func(room cutoff) error {
		err := s.reader.Use(ctx, func(c *db.Conn) error {
			since, err := since(c, room.fold, t)
			room.seq = since - 1
			return err
		})
		if err != nil {
			return err
		}
		return s.drop(ctx, room)
	})
}

// each calls drop with every room of a list. A damaged room does not stop it.
func each[room any](list []room, drop func(room) error) (damaged error) {
	for _, c := range list {
		err := drop(c)
		if err != nil && !errors.Is(err, db.ErrDamaged) {
			return err
		}
		if err != nil {
			damaged = err
		}
	}
	return damaged
}

// dropMany drops the oldest posts of rooms that have more than that many.
func (s *Store) dropMany(ctx context.Context, posts uint64) error {
	many, err := s.cutoffs(ctx, `
		SELECT fold, head - ?1 FROM
			(SELECT fold, first, (SELECT max(seq) FROM post WHERE post.room = room.id) AS head FROM room)
		WHERE head - first >= ?1`, db.Signed(posts))
	if err != nil {
		return err
	}
	return each(many, func(c cutoff) error { return s.drop(ctx, c) })
}

// dropBeyond drops the oldest posts until the files use at most size bytes. The files
// keep the space, and use it again.
func (s *Store) dropBeyond(ctx context.Context, size int64) error {
	for {
		used, err := s.used(ctx)
		if err != nil || used <= size {
			return err
		}
		oldest, err := s.cutoffs(ctx, `
			SELECT fold, max(seq) FROM (SELECT room, seq FROM post ORDER BY id LIMIT ?) AS p JOIN room ON room.id = p.room GROUP BY room.id`, sliceRows)
		if err != nil || len(oldest) == 0 {
			return err
		}
		if err := each(oldest, func(c cutoff) error { return s.drop(ctx, c) }); err != nil {
			return err
		}
	}
}

// drop drops a room's posts up to a number.
func (s *Store) drop(ctx context.Context, c cutoff) error {
	return s.inSlices(ctx, func(t *db.Tx) (slice, error) { return expire(t, c) })
}

// expire deletes a slice of a room's posts, and raises its first number in the same
// transaction.
func expire(t *db.Tx, c cutoff) (slice, error) {
	r, err := t.Room(c.fold)
	if err != nil || r.First > c.seq {
		return slice{}, err
	}
	deleted, err := deleteSlice(t, r.ID, c.seq)
	if err != nil {
		return slice{}, err
	}
	r.First, r.Dropped = deleted.last+1, max(r.Dropped, deleted.time)
	return deleted, t.Update(&r)
}

// used returns how many bytes of the two files are in use. Entries of deleted posts that
// are still in the index do not count, or far too many posts would be deleted.
func (s *Store) used(ctx context.Context) (int64, error) {
	var chat, index, kept int64
	err := s.reader.Use(ctx, func(c *db.Conn) (err error) {
		if chat, err = c.BytesInUse(); err != nil {
			return err
		}
		return c.One("SELECT coalesce((SELECT max(id) FROM post) - (SELECT min(id) FROM post) + 1, 0)").Scan(&kept)
	})
	if pool := s.index.pool.Load(); pool != nil && err == nil {
		err = pool.Use(ctx, func(c *db.Conn) (err error) { index, err = c.BytesInUse(); return err })
	}
	deleted := s.index.unremoved()
	return chat + int64(float64(index)*float64(kept)/float64(max(kept+deleted, 1))), err
}
