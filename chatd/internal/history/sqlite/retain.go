package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"time"
)

// Retain is how much is kept. A zero field sets no bound.
type Retain struct {
	Age   time.Duration // of a post
	Posts uint64        // of each room, the newest
	Size  int64         // bytes of chat.db and search.db together
}

const (
	keepEvery = 10 * time.Second // how often retention is looked at
	sliceRows = 500              // posts that one transaction drops, at most
)

// keepAll is the keeper.
func (s *Store) keepAll() {
	tick := time.NewTicker(keepEvery)
	defer tick.Stop()
	for failing := false; ; {
		err := s.keep(s.ctx)
		if err != nil && !failing && s.ctx.Err() == nil {
			s.log.Warn("retention has not been carried out everywhere, and is tried again and again", "err", err)
		}
		failing = err != nil
		select {
		case <-tick.C:
		case <-s.ctx.Done():
			return
		}
	}
}

// keep drops what is beyond the bounds now.
func (s *Store) keep(ctx context.Context) error {
	var errs []error
	if age := s.config.Retain.Age; age > 0 {
		errs = append(errs, s.dropOld(ctx, time.Now().Add(-age)))
	}
	if posts := s.config.Retain.Posts; posts > 0 {
		errs = append(errs, s.dropMany(ctx, posts))
	}
	if size := s.config.Retain.Size; size > 0 {
		errs = append(errs, s.dropBeyond(ctx, size))
	}
	return errors.Join(errs...)
}

// A cut is a room, and the last number that is to go from it.
type cut struct {
	fold string
	upto uint64
}

// cuts returns what a query of fold and number selects.
func (s *Store) cuts(ctx context.Context, query string, args ...any) ([]cut, error) {
	rows, err := s.read.query(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var cuts []cut
	for rows.Next() {
		var c cut
		if err := rows.Scan(&c.fold, &c.upto); err != nil {
			return nil, err
		}
		cuts = append(cuts, c)
	}
	return cuts, rows.Err()
}

// dropOld drops posts made before t.
func (s *Store) dropOld(ctx context.Context, t time.Time) error {
	old, err := s.cuts(ctx, "SELECT fold, first FROM room WHERE (SELECT time FROM post WHERE post.room = room.id AND seq = first) < ?", t.UnixNano())
	if err != nil {
		return err
	}
	return each(old, func(c cut) error {
		since, err := s.since(ctx, c.fold, t)
		if err != nil {
			return err
		}
		return s.drop(ctx, cut{c.fold, since - 1})
	})
}

// each calls drop with every cut. One of a damaged room does not stop it.
func each(cuts []cut, drop func(cut) error) (damaged error) {
	for _, c := range cuts {
		err := drop(c)
		if err != nil && !errors.Is(err, errDamaged) {
			return err
		}
		if err != nil {
			damaged = err
		}
	}
	return damaged
}

// dropMany drops posts of rooms that have more than that many.
func (s *Store) dropMany(ctx context.Context, posts uint64) error {
	many, err := s.cuts(ctx, `
		SELECT fold, head - ?1 FROM
			(SELECT fold, first, (SELECT max(seq) FROM post WHERE post.room = room.id) AS head FROM room)
		WHERE head - first >= ?1`, signed(posts))
	if err != nil {
		return err
	}
	return each(many, func(c cut) error { return s.drop(ctx, c) })
}

// dropBeyond drops the oldest posts until the files use no more than size bytes.
// Space that they do not use any longer is theirs to use again.
func (s *Store) dropBeyond(ctx context.Context, size int64) error {
	for {
		used, err := s.used(ctx)
		if err != nil || used <= size {
			return err
		}
		oldest, err := s.cuts(ctx, `
			SELECT fold, max(seq) FROM (SELECT room, seq FROM post ORDER BY id LIMIT ?) AS p JOIN room ON room.id = p.room GROUP BY room.id`, sliceRows)
		if err != nil || len(oldest) == 0 {
			return err
		}
		if err := each(oldest, func(c cut) error { return s.drop(ctx, c) }); err != nil {
			return err
		}
	}
}

// drop drops a room's posts up to a number, a slice at a time.
func (s *Store) drop(ctx context.Context, c cut) error {
	for done := false; !done; {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		var gone []int64
		err := s.write(func(t *tx) (err error) {
			gone, done, err = t.expire(c)
			return err
		})
		if err != nil {
			return err
		}
		s.index.forget(gone)
	}
	return nil
}

// expire drops a slice of a room's posts, and in the same transaction says that
// they are gone. It returns which they were, and whether none is left to drop.
func (t *tx) expire(c cut) (gone []int64, done bool, err error) {
	r, err := t.room(c.fold)
	if err != nil || r.First > c.upto {
		return nil, true, err
	}
	upto := min(c.upto, r.First+sliceRows-1)
	rows, err := t.query(context.Background(), "SELECT id, time FROM post WHERE room = ? AND seq <= ? ORDER BY seq", r.id, signed(upto))
	if err != nil {
		return nil, false, err
	}
	if gone, r.last, err = scanGone(rows, r.last); err != nil {
		return nil, false, err
	}
	if err := t.exec(context.Background(), "DELETE FROM post WHERE room = ? AND seq <= ?", r.id, signed(upto)); err != nil {
		return nil, false, err
	}
	if err := t.exec(context.Background(), "INSERT OR REPLACE INTO meta VALUES ('last_id', ?)", t.id-1); err != nil {
		return nil, false, err
	}
	r.First = upto + 1
	return gone, upto == c.upto, t.update(&r)
}

// scanGone reads ids and times of posts, and returns the last time.
func scanGone(rows *sql.Rows, last int64) (ids []int64, at int64, err error) {
	defer rows.Close()
	for at = last; rows.Next(); {
		var id int64
		if err := rows.Scan(&id, &at); err != nil {
			return nil, 0, err
		}
		ids = append(ids, id)
	}
	return ids, at, rows.Err()
}

// used returns how many bytes of the two files are in use. What the index has not
// forgotten yet of what is gone does not count, or much more would have to go.
func (s *Store) used(ctx context.Context) (int64, error) {
	chat, err := bytesInUse(ctx, s.read.DB)
	if err != nil {
		return 0, err
	}
	var index, kept int64
	if db := s.index.db.Load(); db != nil {
		if index, err = bytesInUse(ctx, db); err != nil {
			return 0, err
		}
	}
	if err := s.read.row(ctx, "SELECT coalesce((SELECT max(id) FROM post) - (SELECT min(id) FROM post) + 1, 0)").Scan(&kept); err != nil {
		return 0, err
	}
	gone := s.index.forgetting()
	return chat + int64(float64(index)*float64(kept)/float64(max(kept+gone, 1))), nil
}

func bytesInUse(ctx context.Context, db *sql.DB) (n int64, err error) {
	err = db.QueryRowContext(ctx, "SELECT (page_count - freelist_count) * page_size FROM pragma_page_count, pragma_freelist_count, pragma_page_size").Scan(&n)
	return n, err
}
