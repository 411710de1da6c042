package sqlite

import (
	"context"
	"errors"
	"fmt"
	"math"
	"sort"
	"time"

	"linechat/chatd/internal/account"
	"linechat/chatd/internal/history"
	"linechat/chatd/internal/history/sqlite/internal/db"
)

// read calls f with a connection that reads chat.db, once all that was told is there, and says
// that reading failed, or that it was given up.
func (s *Store) read(ctx context.Context, f func(*db.Conn) error) error {
	if err := s.settled(ctx); err != nil {
		return err
	}
	return s.unread(s.reader.Use(ctx, f))
}

// readOn is read for what goes on while that which was told cannot be stored: f reads what is
// there, and unsettled says why more is not.
func (s *Store) readOn(ctx context.Context, f func(*db.Conn) error) (unsettled, err error) {
	unsettled = s.settled(ctx)
	err = s.unread(s.reader.Use(ctx, f))
	if unsettled != nil && errors.Is(err, history.ErrNoRoom) { // it was made since
		err = unsettled
	}
	return unsettled, err
}

func (s *Store) unread(err error) error {
	if err == nil || errors.Is(err, history.ErrNoRoom) || errors.Is(err, account.ErrNoAccount) || errors.Is(err, context.Canceled) {
		return err
	}
	s.log.Error("the store cannot be read", "err", err)
	return fmt.Errorf("%w: %w", history.ErrUnread, err)
}

func readRoom(c *db.Conn, fold string) (db.RoomRow, error) {
	return db.ScanHead(c.One(db.SelectHeads+"WHERE fold = ?", fold))
}

// Room implements history.Store.
func (s *Store) Room(ctx context.Context, fold string) (history.Room, error) {
	var r db.RoomRow
	err := s.read(ctx, func(c *db.Conn) (err error) { r, err = readRoom(c, fold); return err })
	return r.Room, err
}

// Rooms implements history.Store.
func (s *Store) Rooms(ctx context.Context, prefix, after string, limit int) (rooms []history.Room, all int, err error) {
	_, err = s.readOn(ctx, func(c *db.Conn) error {
		const inPrefix = "WHERE fold >= ? AND fold < ? || char(0x10ffff) "
		if err := c.One("SELECT count(*) FROM room "+inPrefix, prefix, prefix).Scan(&all); err != nil {
			return err
		}
		return c.Each(db.SelectHeads+inPrefix+"AND fold > ? ORDER BY fold LIMIT ?", func(row *db.Row) error {
			r, err := db.ScanHead(row)
			rooms = append(rooms, r.Room)
			return err
		}, prefix, prefix, after, limit)
	})
	if err != nil {
		return nil, 0, err
	}
	return rooms, all, nil
}

// Counts implements history.Store.
func (s *Store) Counts(ctx context.Context) (counts history.Counts, err error) {
	err = s.read(ctx, func(c *db.Conn) error {
		return c.Each("SELECT account, account IS 0, count(*) FROM room GROUP BY account", func(row *db.Row) error {
			var of history.Owner
			var guest, n int
			err := row.Scan(&of.Account, &guest, &n)
			of.Guest = guest == 1
			counts.Add(of, n)
			return err
		})
	})
	return counts, err
}

// Page implements history.Store.
func (s *Store) Page(ctx context.Context, fold string, from, to uint64, limit int) (page history.Page, err error) {
	if s.unhealthy.Load() && !s.config.Shared { // of what is told the log has the outcome
		if known, ok := s.heads.known(fold); ok && to > known.seq {
			return history.Page{}, fmt.Errorf("%w: it is not certain yet what is stored after post %d", history.ErrUnread, known.seq)
		}
	}
	unsettled, err := s.readOn(ctx, func(c *db.Conn) (err error) { page, err = readPage(c, fold, from, to, limit); return err })
	if unsettled != nil && err == nil && len(page.Posts) == 0 && max(from, page.First) <= to {
		return history.Page{}, unsettled
	}
	return page, err
}

func readPage(c *db.Conn, fold string, from, to uint64, limit int) (page history.Page, err error) {
	if page.Posts, err = readPosts(c, fold, from, to, limit); err != nil {
		return page, err
	}
	room, err := db.ScanRoom(c.One("SELECT "+db.RoomColumns+" FROM room WHERE fold = ?", fold))
	if err != nil {
		return page, err
	}
	// Retention may have come between the two.
	page.First = room.First
	if len(page.Posts) > 0 {
		page.First = min(page.First, page.Posts[0].Seq)
		if page.Posts[0].Seq != max(from, page.First) {
			return page, fmt.Errorf("%w: room %s lacks post %d", db.ErrDamaged, fold, from)
		}
	}
	return page, nil
}

// readPosts returns the posts from … to … that there are, as many as fit.
func readPosts(c *db.Conn, fold string, from, to uint64, limit int) (posts []history.Post, err error) {
	var sums db.Checksum
	size := 0
	err = c.Each("SELECT "+db.PostColumns+" FROM post WHERE room = (SELECT id FROM room WHERE fold = ?) AND seq BETWEEN ? AND ? ORDER BY seq", func(r *db.Row) error {
		var row db.PostRow
		if err := row.Scan(r, &sums); err != nil {
			return err
		}
		if size += row.Size(); size > limit && len(posts) > 0 {
			return db.ErrStop
		}
		if n := len(posts); n > 0 && row.Seq != posts[n-1].Seq+1 {
			return fmt.Errorf("%w: room %s lacks post %d", db.ErrDamaged, fold, posts[n-1].Seq+1)
		}
		posts = append(posts, row.Post)
		return nil
	}, fold, db.Signed(from), db.Signed(to))
	if err != nil {
		return nil, err
	}
	return posts, nil
}

// Since implements history.Store.
func (s *Store) Since(ctx context.Context, fold string, t time.Time) (seq uint64, err error) {
	_, err = s.readOn(ctx, func(c *db.Conn) (err error) { seq, err = since(c, fold, t); return err })
	return seq, err
}

// since is a search by number: times of a room never decrease.
func since(c *db.Conn, fold string, t time.Time) (uint64, error) {
	room, err := readRoom(c, fold)
	if err != nil {
		return 0, err
	}
	n := int64(room.Head + 1 - room.First)
	i := sort.Search(int(min(n, math.MaxInt)), func(i int) bool {
		if err != nil {
			return true
		}
		var at int64
		err = c.One("SELECT time FROM post WHERE room = ? AND seq = ?", room.ID, db.Signed(room.First+uint64(i))).Scan(&at)
		if errors.Is(err, db.ErrNoRow) {
			err = nil // retention has taken it meanwhile
			return false
		}
		return at >= t.UnixNano()
	})
	return room.First + uint64(i), err
}

// keyedChunk is how many posts Keyed looks through at a time.
const keyedChunk = 10_000

// Keyed implements history.Store. It goes back until it meets only older posts.
func (s *Store) Keyed(ctx context.Context, t time.Time, limit int, each func(fold string, p *history.Post)) error {
	return s.read(ctx, func(c *db.Conn) error {
		next := int64(math.MaxInt64)
		for found := 0; found < limit; {
			var id, newest int64
			err := c.One("SELECT coalesce(max(id), 0) FROM post WHERE id <= ?", next).Scan(&id) // there are ids that are gone
			if err == nil {
				err = c.One("SELECT coalesce(max(time), 0) FROM post WHERE id BETWEEN ? AND ?", id-keyedChunk+1, id).Scan(&newest)
			}
			if err != nil || id == 0 || newest < t.UnixNano() {
				return err
			}
			n, err := s.keyed(c, id, t, limit-found, each)
			if err != nil {
				return err
			}
			found += n
			next = id - keyedChunk
		}
		return nil
	})
}

func (s *Store) keyed(c *db.Conn, id int64, t time.Time, limit int, each func(fold string, p *history.Post)) (n int, err error) {
	var sums db.Checksum
	err = c.Each("SELECT "+db.PostColumns+", fold FROM post JOIN room ON room.id = post.room WHERE post.id BETWEEN ? AND ? AND once IS NOT NULL AND time >= ? ORDER BY post.id DESC LIMIT ?", func(r *db.Row) error {
		var row db.PostRow
		var fold string
		n++
		err := row.Scan(r, &sums, &fold)
		if errors.Is(err, db.ErrDamaged) {
			s.log.Error("a ONCE key is lost", "err", err)
			return nil
		}
		if err == nil {
			each(fold, &row.Post)
		}
		return err
	}, id-keyedChunk+1, id, t.UnixNano(), limit)
	return n, err
}
