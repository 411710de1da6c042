package db

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"time"

	"linechat/chatd/internal/history"
	"linechat/chatd/proto"
)

// The columns of the tables, in the order in which rows are scanned.
const (
	RoomColumns = "room.id, fold, look, shown, topic, topic_by, maker, made, first, last, room.account, room.account IS 0, room.sum"
	PostColumns = "post.id, post.room, seq, time, kind, nick, text, once, post.account, post.sum"
)

// A RoomRow is the row of a room. Head and Last are not in it, but see ScanHead.
type RoomRow struct {
	ID int64
	history.Room
	Dropped int64 // the time of post First-1; 0: there was none
}

// ScanRoom reads the row of a room, and whatever follows its columns into more.
// history.ErrNoRoom, ErrDamaged.
func ScanRoom(row Scanner, more ...any) (r RoomRow, err error) {
	var made, guest, sum int64
	into := append([]any{&r.ID, &r.Name.Fold, &r.Name.Skeleton, &r.Name.Shown, &r.Topic, &r.TopicBy, &r.Maker, &made, &r.First, &r.Dropped, &r.Owner.Account, &guest, &sum}, more...)
	err = row.Scan(into...)
	if errors.Is(err, ErrNoRow) {
		return r, history.ErrNoRoom
	}
	r.Made, r.Owner.Guest = FromNanos(made), guest == flag(true)
	if err == nil && new(Checksum).room(&r) != sum {
		err = fmt.Errorf("%w: the row of room %d has changed", ErrDamaged, r.ID)
	}
	return r, err
}

// SelectHeads selects rooms, each with the number and the time of its newest post.
const SelectHeads = "SELECT " + RoomColumns + `, p.seq, p.time
	FROM room LEFT JOIN post AS p ON p.room = room.id AND p.seq = (SELECT max(seq) FROM post WHERE post.room = room.id) `

// ScanHead reads what SelectHeads selects, a room with its Head and Last. history.ErrNoRoom,
// ErrDamaged.
func ScanHead(row Scanner) (RoomRow, error) {
	var head uint64
	var newest int64
	r, err := ScanRoom(row, &head, &newest)
	if head > 0 {
		r.Head, r.Last = head, FromNanos(newest)
	} else {
		r.Head, r.Last = r.First-1, FromNanos(r.Dropped)
	}
	return r, err
}

// Dropped calls each with the id of every room that was dropped, and of which posts or
// words may be left. ErrDamaged.
func (c *Conn) Dropped(each func(room int64, err error) error) error {
	return c.Each("SELECT room, sum FROM dropped", func(row *Row) error {
		var room, sum int64
		err := row.Scan(&room, &sum)
		if err == nil && new(Checksum).dropped(room) != sum {
			err = fmt.Errorf("%w: the row of dropped room %d has changed", ErrDamaged, room)
		}
		return each(room, err)
	})
}

// A PostRow is the row of a post.
type PostRow struct {
	ID, Room int64
	history.Post
}

// Scan reads the row of a post, and whatever follows its columns into more.
// ErrDamaged.
func (p *PostRow) Scan(row Scanner, check *Checksum, more ...any) error {
	var (
		made, sum int64
		kind      string
	)
	into := append([]any{&p.ID, &p.Room, &p.Seq, &made, &kind, &p.Nick, &p.Text, &p.Once, &p.Account, &sum}, more...)
	if err := row.Scan(into...); err != nil {
		return err
	}
	p.Time, p.Kind = time.Unix(0, made), proto.Keyword(kind)
	if check.post(p.ID, p.Room, &p.Post) != sum {
		return fmt.Errorf("%w: the row of post %d has changed", ErrDamaged, p.ID)
	}
	return nil
}

// Nanos is a time as it is stored: Unix nanoseconds, 0 for none.
func Nanos(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixNano()
}

// FromNanos is the time that is stored so.
func FromNanos(n int64) time.Time {
	if n == 0 {
		return time.Time{}
	}
	return time.Unix(0, n)
}

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// A Checksum computes those of rows. The zero value is ready.
type Checksum struct{ buf []byte }

func (s *Checksum) number(n int64) { s.buf = binary.AppendVarint(s.buf, n) }

func (s *Checksum) text(t string) {
	s.buf = binary.AppendUvarint(s.buf, uint64(len(t)))
	s.buf = append(s.buf, t...)
}

// sum returns the checksum, and begins anew.
func (s *Checksum) sum() int64 {
	sum := crc32.Checksum(s.buf, castagnoli)
	s.buf = s.buf[:0]
	return int64(sum)
}

// post returns the checksum of the row of a post.
func (s *Checksum) post(id, room int64, p *history.Post) int64 {
	s.number(id)
	s.number(room)
	s.number(int64(p.Seq))
	s.number(p.Time.UnixNano())
	s.text(string(p.Kind))
	s.text(p.Nick)
	s.text(p.Text)
	s.text(p.Once)
	if p.Account != 0 { // rows of schema 1 have no account
		s.number(int64(p.Account))
	}
	return s.sum()
}

// room returns the checksum of the row of a room.
func (s *Checksum) room(r *RoomRow) int64 {
	s.number(r.ID)
	for _, t := range []string{r.Name.Fold, r.Name.Skeleton, r.Name.Shown, r.Topic, r.TopicBy, r.Maker} {
		s.text(t)
	}
	s.number(Nanos(r.Made))
	s.number(int64(r.First))
	s.number(r.Dropped)
	if r.Owner != (history.Owner{}) { // rows of schema 2 have no account
		s.number(int64(r.Owner.Account))
	}
	return s.sum()
}

// dropped returns the checksum of the row of a room that was dropped.
func (s *Checksum) dropped(room int64) int64 {
	s.number(room)
	return s.sum()
}
