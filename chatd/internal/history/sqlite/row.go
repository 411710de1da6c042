package sqlite

import (
	"database/sql"
	"errors"
	"fmt"
	"time"

	"linechat/chatd/internal/history"
	"linechat/chatd/proto"
)

const (
	roomColumns = "room.id, fold, look, shown, topic, topic_by, maker, made, first, last, room.sum"
	postColumns = "post.id, post.room, seq, time, kind, nick, text, once, post.sum"
)

// A scanner is a *sql.Row or *sql.Rows.
type scanner interface{ Scan(...any) error }

// A roomRow is the row of a room. Head and Last are not in it.
type roomRow struct {
	id int64
	history.Room
	last int64 // the time of post First-1; 0: there was none
}

// scanRoom reads the row of a room, and whatever follows its columns into more.
// history.ErrNoRoom.
func scanRoom(row scanner, more ...any) (r roomRow, err error) {
	var made, sum int64
	into := append([]any{&r.id, &r.Name.Fold, &r.Name.Skeleton, &r.Name.Shown, &r.Topic, &r.TopicBy, &r.Maker, &made, &r.First, &r.last, &sum}, more...)
	err = row.Scan(into...)
	if errors.Is(err, sql.ErrNoRows) {
		return r, history.ErrNoRoom
	}
	r.Made = fromNanos(made)
	if err == nil && (&summer{}).room(&r) != sum {
		err = fmt.Errorf("%w: the row of room %d has changed", errDamaged, r.id)
	}
	return r, err
}

// A postRow is the row of a post.
type postRow struct {
	id, room int64
	history.Post
}

// scan reads the row of a post, and whatever follows its columns into more.
func (p *postRow) scan(row scanner, sums *summer, more ...any) error {
	var (
		made, sum int64
		kind      string
		once      sql.NullString
	)
	into := append([]any{&p.id, &p.room, &p.Seq, &made, &kind, &p.Nick, &p.Text, &once, &sum}, more...)
	if err := row.Scan(into...); err != nil {
		return err
	}
	p.Time, p.Kind, p.Once = time.Unix(0, made), proto.Keyword(kind), once.String
	if sums.post(p.id, p.room, &p.Post) != sum {
		return fmt.Errorf("%w: the row of post %d has changed", errDamaged, p.id)
	}
	return nil
}

// nanos is a time as it is stored: Unix nanoseconds, 0 for none.
func nanos(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixNano()
}

func fromNanos(n int64) time.Time {
	if n == 0 {
		return time.Time{}
	}
	return time.Unix(0, n)
}
