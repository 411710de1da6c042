package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math"
	"sort"
	"strings"
	"time"

	"linechat/chatd/internal/history"
)

// errDamaged: what the file says cannot be.
var errDamaged = errors.New("the file is damaged; chatd check says where")

// unread says that reading failed, or that it was given up.
func (s *Store) unread(err error) error {
	if err == nil || errors.Is(err, history.ErrNoRoom) || errors.Is(err, context.Canceled) {
		return err
	}
	if strings.Contains(err.Error(), "sql: Scan error") { // which shows the value
		err = fmt.Errorf("%w: a value is not of its kind", errDamaged)
	}
	s.log.Error("the store cannot be read", "err", err)
	return fmt.Errorf("%w: %w", history.ErrUnread, err)
}

// headed selects rooms, each with the number and the time of its newest post.
const headed = "SELECT " + roomColumns + `, p.seq, p.time
	FROM room LEFT JOIN post AS p ON p.room = room.id AND p.seq = (SELECT max(seq) FROM post WHERE post.room = room.id) `

func scanHeaded(row scanner) (roomRow, error) {
	var head, newest sql.NullInt64
	r, err := scanRoom(row, &head, &newest)
	if head.Valid {
		r.Head, r.Last = uint64(head.Int64), fromNanos(newest.Int64)
	} else {
		r.Head, r.Last = r.First-1, fromNanos(r.last)
	}
	return r, err
}

// Room implements history.Store.
func (s *Store) Room(ctx context.Context, fold string) (history.Room, error) {
	r, err := s.room(ctx, fold)
	return r.Room, s.unread(err)
}

func (s *Store) room(ctx context.Context, fold string) (roomRow, error) {
	return scanHeaded(s.read.row(ctx, headed+"WHERE fold = ?", fold))
}

// Rooms implements history.Store.
func (s *Store) Rooms(ctx context.Context, prefix, after string, limit int) (rooms []history.Room, all int, err error) {
	inPrefix := "WHERE fold >= ? AND fold < ? || char(0x10ffff) "
	if err := s.read.row(ctx, "SELECT count(*) FROM room "+inPrefix, prefix, prefix).Scan(&all); err != nil {
		return nil, 0, s.unread(err)
	}
	rows, err := s.read.query(ctx, headed+inPrefix+"AND fold > ? ORDER BY fold LIMIT ?", prefix, prefix, after, limit)
	if err != nil {
		return nil, 0, s.unread(err)
	}
	defer rows.Close()
	for rows.Next() {
		r, err := scanHeaded(rows)
		if err != nil {
			return nil, 0, s.unread(err)
		}
		rooms = append(rooms, r.Room)
	}
	return rooms, all, s.unread(rows.Err())
}

// Page implements history.Store.
func (s *Store) Page(ctx context.Context, fold string, from, to uint64, limit int) (history.Page, error) {
	if s.sick.Load() {
		if st, ok := s.states.known(fold); ok && to > st.head {
			return history.Page{}, fmt.Errorf("%w: it is not certain yet what is stored behind post %d", history.ErrUnread, st.head)
		}
	}
	page, err := s.page(ctx, fold, from, to, limit)
	return page, s.unread(err)
}

func (s *Store) page(ctx context.Context, fold string, from, to uint64, limit int) (page history.Page, err error) {
	if page.Posts, err = s.posts(ctx, fold, from, to, limit); err != nil {
		return page, err
	}
	room, err := scanRoom(s.read.row(ctx, "SELECT "+roomColumns+" FROM room WHERE fold = ?", fold))
	if err != nil {
		return page, err
	}
	// Retention may have come between the two.
	page.First = room.First
	if len(page.Posts) > 0 {
		page.First = min(page.First, page.Posts[0].Seq)
		if page.Posts[0].Seq != max(from, page.First) {
			return page, fmt.Errorf("%w: room %s lacks post %d", errDamaged, fold, from)
		}
	}
	return page, nil
}

// posts returns the posts from … to … that there are, as many as fit.
func (s *Store) posts(ctx context.Context, fold string, from, to uint64, limit int) (posts []history.Post, err error) {
	rows, err := s.read.query(ctx, "SELECT "+postColumns+" FROM post WHERE room = (SELECT id FROM room WHERE fold = ?) AND seq BETWEEN ? AND ? ORDER BY seq",
		fold, signed(from), signed(to))
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var sums summer
	for size := 0; rows.Next(); {
		var row postRow
		if err := row.scan(rows, &sums); err != nil {
			return nil, err
		}
		if size += row.Size(); size > limit && len(posts) > 0 {
			break
		}
		if n := len(posts); n > 0 && row.Seq != posts[n-1].Seq+1 {
			return nil, fmt.Errorf("%w: room %s lacks post %d", errDamaged, fold, posts[n-1].Seq+1)
		}
		posts = append(posts, row.Post)
	}
	return posts, rows.Err()
}

// signed is a number as SQLite has them.
func signed(seq uint64) int64 { return int64(min(seq, math.MaxInt64)) }

// Since implements history.Store.
func (s *Store) Since(ctx context.Context, fold string, t time.Time) (uint64, error) {
	seq, err := s.since(ctx, fold, t)
	return seq, s.unread(err)
}

// since is a search by number: times of a room never decrease.
func (s *Store) since(ctx context.Context, fold string, t time.Time) (uint64, error) {
	room, err := s.room(ctx, fold)
	if err != nil {
		return 0, err
	}
	n := int(room.Head + 1 - room.First)
	i := sort.Search(n, func(i int) bool {
		if err != nil {
			return true
		}
		var at int64
		err = s.read.row(ctx, "SELECT time FROM post WHERE room = (SELECT id FROM room WHERE fold = ?) AND seq = ?",
			fold, signed(room.First+uint64(i))).Scan(&at)
		if errors.Is(err, sql.ErrNoRows) {
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
	next := int64(math.MaxInt64)
	for found := 0; found < limit; {
		var id, newest int64
		err := s.read.row(ctx, "SELECT coalesce(max(id), 0) FROM post WHERE id <= ?", next).Scan(&id) // there are ids that are gone
		if err == nil {
			err = s.read.row(ctx, "SELECT coalesce(max(time), 0) FROM post WHERE id BETWEEN ? AND ?", id-keyedChunk+1, id).Scan(&newest)
		}
		if err != nil || id == 0 || newest < t.UnixNano() {
			return s.unread(err)
		}
		n, err := s.keyed(ctx, id, t, limit-found, each)
		if err != nil {
			return s.unread(err)
		}
		found += n
		next = id - keyedChunk
	}
	return nil
}

func (s *Store) keyed(ctx context.Context, id int64, t time.Time, limit int, each func(fold string, p *history.Post)) (n int, err error) {
	rows, err := s.read.query(ctx, "SELECT "+postColumns+", fold FROM post JOIN room ON room.id = post.room WHERE post.id BETWEEN ? AND ? AND once IS NOT NULL AND time >= ? ORDER BY post.id DESC LIMIT ?",
		id-keyedChunk+1, id, t.UnixNano(), limit)
	if err != nil {
		return 0, err
	}
	defer rows.Close()
	var sums summer
	for ; rows.Next(); n++ {
		var row postRow
		var fold string
		err := row.scan(rows, &sums, &fold)
		if errors.Is(err, errDamaged) {
			s.log.Error("a ONCE key is lost", "err", err)
			continue
		}
		if err != nil {
			return n, err
		}
		each(fold, &row.Post)
	}
	return n, rows.Err()
}
