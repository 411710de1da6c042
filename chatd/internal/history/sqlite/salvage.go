package sqlite

import (
	"cmp"
	"context"
	"database/sql"
	"fmt"
	"math"
	"slices"

	"linechat/chatd/internal/history"
	"linechat/chatd/proto"
)

// An exporter is an Export under way. It goes round what is damaged: posts that
// the index does not lead to it looks for in the table.
type exporter struct {
	*snapshot
	ctx   context.Context
	to    Sink
	sums  summer
	table *tableMap // nil: nothing has been looked for in the table yet
}

// run exports the room of a fold; "": all.
func (e *exporter) run(fold string) error {
	if err := e.begin(e.ctx); err != nil {
		return err
	}
	rooms, err := e.rooms()
	if err != nil {
		return err
	}
	for _, r := range rooms {
		if fold == "" || r.fold.String == fold {
			if err := e.room(r.id); err != nil {
				return err
			}
		}
	}
	if fold != "" && !slices.ContainsFunc(rooms, func(r roomKey) bool { return r.fold.String == fold }) {
		return history.ErrNoRoom
	}
	return nil
}

// A roomKey is where a room is to be found, and its place among the others.
type roomKey struct {
	id   int64
	fold sql.NullString
}

// rooms lists the rooms in the order of their folds.
func (e *exporter) rooms() (list []roomKey, err error) {
	w := sweep{query: "SELECT id, fold FROM room NOT INDEXED WHERE id >= ? ORDER BY id", from: 1, to: lastKey}
	w.row = func(row scanner) (int64, error) {
		var r roomKey
		err := row.Scan(&r.id, &r.fold)
		list = append(list, r)
		return r.id, err
	}
	w.lost = func(from, to int64, why error) error {
		return e.damage("rooms of %s are left out: %v", ids(from, to), why)
	}
	err = w.run(e.ctx, e.snapshot)
	slices.SortFunc(list, func(a, b roomKey) int {
		return cmp.Or(cmp.Compare(a.fold.String, b.fold.String), cmp.Compare(a.id, b.id))
	})
	return list, err
}

func (e *exporter) damage(format string, args ...any) error {
	return e.to.Damage(fmt.Sprintf(format, args...))
}

// room exports one room.
func (e *exporter) room(id int64) error {
	row, err := scanRoom(e.row(e.ctx, "SELECT "+roomColumns+" FROM room NOT INDEXED WHERE id = ?", id))
	r := &RoomRecord{Room: row.Room, Dropped: fromNanos(row.last)}
	switch {
	case unreadable(err):
		return e.damage("the room of %s is left out: %v", ids(id, id), err)
	case code(err) != 0 || e.ctx.Err() != nil:
		return err
	case err != nil:
		if r, err = e.mend(&row); r == nil {
			return err
		}
	}
	run := &roomExport{exporter: e, id: id, RoomRecord: r}
	if err := run.findHead(); err != nil {
		return err
	}
	if err := e.to.Room(r); err != nil {
		return err
	}
	return run.posts()
}

// mend makes of a row that has changed what can be said of the room; nil: nothing.
func (e *exporter) mend(row *roomRow) (*RoomRecord, error) {
	name, err := proto.ParseRoom(row.Name.Shown)
	if err != nil {
		return nil, e.damage("room %s: its row has changed, and the name with it; it is left out", nameOf(row))
	}
	first := max(row.First, 1)
	var least sql.NullInt64
	err = e.row(e.ctx, "SELECT min(seq) FROM post WHERE room = ?", row.id).Scan(&least)
	if err == nil && least.Int64 > 0 {
		first = uint64(least.Int64)
	}
	r := &RoomRecord{Room: history.Room{Name: name, Made: row.Made, First: first}}
	return r, e.damage("room %s: its row has changed; the name is given as it is, topic and maker are left out", name.Shown)
}

// A roomExport is the export of one room.
type roomExport struct {
	*exporter
	*RoomRecord
	id   int64
	next uint64 // the number that comes next
	past int64  // the id of the post before it
}

// findHead finds the last post that can be read.
func (e *roomExport) findHead() error {
	e.Head = e.First - 1
	err := e.newest()
	if !unreadable(err) {
		return err
	}
	err = e.inTable(e.First, math.MaxInt64, math.MaxInt64, func(p *postRow) error {
		e.Head = max(e.Head, p.Seq)
		return nil
	})
	if err != nil {
		return err
	}
	return e.damage("room %s: which post is the last cannot be read; %d is the last that was found", e.Name.Shown, e.Head)
}

// newest asks the index.
func (e *roomExport) newest() error {
	rows, err := e.conn.QueryContext(e.ctx, "SELECT "+postColumns+" FROM post WHERE room = ? ORDER BY seq DESC", e.id)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var p postRow
		err := p.scan(rows, &e.sums)
		if err == nil {
			e.Head = p.Seq
			return nil
		}
		if err := e.changed(&p); err != nil {
			return err
		}
	}
	return rows.Err()
}

func (e *roomExport) changed(p *postRow) error {
	return e.damage("room %s: post %d has changed; it is left out", e.Name.Shown, p.Seq)
}

// posts exports the posts up to Head.
func (e *roomExport) posts() error {
	e.next = e.First
	w := sweep{
		query: "SELECT " + postColumns + " FROM post WHERE seq >= ? AND room = ? AND seq <= ? ORDER BY seq",
		args:  []any{e.id, signed(e.Head)}, from: signed(e.First), to: signed(e.Head),
		lost: func(int64, int64, error) error { return nil }, // take notices
	}
	w.row = func(row scanner) (int64, error) {
		var p postRow
		err := p.scan(row, &e.sums)
		return signed(p.Seq), e.take(&p, err)
	}
	if err := w.run(e.ctx, e.snapshot); err != nil {
		return err
	}
	return e.upTo(e.Head+1, math.MaxInt64)
}

// take exports the next post that the index leads to, unless it is damaged.
func (e *roomExport) take(p *postRow, wrong error) error {
	if p.room != e.id || p.Seq < e.next || p.Seq > e.Head {
		return nil // it is noticed that one is missing
	}
	if err := e.upTo(p.Seq, p.id); err != nil {
		return err
	}
	if wrong != nil {
		e.next = p.Seq + 1
		return e.changed(p)
	}
	return e.give(p)
}

func (e *roomExport) give(p *postRow) error {
	e.next, e.past = p.Seq+1, p.id
	return e.to.Post(&p.Post)
}

// upTo looks in the table for what comes before a post, and says what is not
// there either.
func (e *roomExport) upTo(seq uint64, id int64) error {
	if e.next == seq {
		return nil
	}
	err := e.inTable(e.next, seq-1, id, func(p *postRow) error {
		if p.Seq < e.next {
			return nil
		}
		if err := e.missing(p.Seq); err != nil {
			return err
		}
		return e.give(p)
	})
	if err != nil {
		return err
	}
	return e.missing(seq)
}

// missing says that what comes before a number is left out.
func (e *roomExport) missing(seq uint64) error {
	if e.next == seq {
		return nil
	}
	from := e.next
	e.next = seq
	return e.damage("room %s: %s left out, for the file cannot be read there", e.Name.Shown, numbers(from, seq-1))
}
