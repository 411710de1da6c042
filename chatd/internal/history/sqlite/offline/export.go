package offline

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"
	"time"

	"linechat/chatd/internal/account"
	"linechat/chatd/internal/history"
	"linechat/chatd/internal/history/sqlite/internal/db"
	"linechat/chatd/proto"
)

// A RoomRecord is all that is stored of a room except its posts.
type RoomRecord struct {
	history.Room
	// Dropped is when post First-1 was made, the last that retention has dropped;
	// zero: there was none.
	Dropped time.Time
}

// A Sink receives what Export reads. Its errors end the export.
type Sink interface {
	Account(*account.Account) error // before all rooms
	Room(*RoomRecord) error
	Post(*history.Post) error // of the room before it, in order
	// Damage receives a line about what is damaged, and left out or, of a room, given as
	// it is.
	Damage(line string) error
}

// Export reads the accounts in dir and its rooms, as they are at one moment, sorted by
// fold, or only the room of a fold, each with its posts. A daemon may use dir meanwhile.
// history.ErrNoRoom.
func Export(ctx context.Context, dir, fold string, to Sink) error {
	s, err := openStore(ctx, dir, "writable_schema=ON") // so that SQLite reads a file that was cut short
	if err != nil {
		return err
	}
	defer s.Close()
	if err := s.verify(&db.Chat); err != nil {
		return err
	}
	e := &exporter{snapshot: s, ctx: ctx, to: to}
	if err := e.run(fold); err != nil {
		if db.IsSQLite(err) {
			err = fmt.Errorf("%s cannot be read any further (%w); a backup can take its place", s.path, err)
		}
		return err
	}
	return nil
}

// An exporter is an Export under way. It works around damage: posts that the index does
// not lead to it looks for in the table.
type exporter struct {
	*snapshot
	ctx   context.Context
	to    Sink
	sums  db.Checksum
	table *tableMap // nil: nothing has been looked for in the table yet
}

// run exports the room of a fold; "": all.
func (e *exporter) run(fold string) error {
	if err := e.begin(); err != nil {
		return err
	}
	rooms, err := e.rooms()
	if err == nil && fold == "" {
		err = e.accounts()
	}
	if err != nil {
		return err
	}
	for _, r := range rooms {
		if fold == "" || r.fold == fold {
			if err := e.room(r.id); err != nil {
				return err
			}
		}
	}
	if fold != "" && !slices.ContainsFunc(rooms, func(r roomKey) bool { return r.fold == fold }) {
		return history.ErrNoRoom
	}
	return nil
}

// A roomKey is a room's id, and its fold, by which rooms are sorted.
type roomKey struct {
	id   int64
	fold string
}

// rooms lists the rooms in the order of their folds.
func (e *exporter) rooms() (list []roomKey, err error) {
	w := sweep{query: "SELECT id, fold FROM room NOT INDEXED WHERE id >= ? ORDER BY id", from: 1, to: lastKey}
	w.row = func(row db.Scanner) (int64, error) {
		var r roomKey
		err := row.Scan(&r.id, &r.fold)
		list = append(list, r)
		return r.id, err
	}
	w.lost = func(from, to int64, why error) error {
		return e.damage("rooms of %s are left out: %v", ids(from, to), why)
	}
	err = w.run(e.snapshot)
	slices.SortFunc(list, func(a, b roomKey) int {
		return cmp.Or(cmp.Compare(a.fold, b.fold), cmp.Compare(a.id, b.id))
	})
	return list, err
}

func (e *exporter) damage(format string, args ...any) error {
	return e.to.Damage(fmt.Sprintf(format, args...))
}

// room exports one room.
func (e *exporter) room(id int64) error {
	row, err := db.ScanRoom(e.One("SELECT "+db.RoomColumns+" FROM room NOT INDEXED WHERE id = ?", id))
	r := &RoomRecord{Room: row.Room, Dropped: db.FromNanos(row.Dropped)}
	switch {
	case db.IsUnreadable(err):
		return e.damage("the room of %s is left out: %v", ids(id, id), err)
	case db.IsSQLite(err) || e.ctx.Err() != nil:
		return err
	case err != nil:
		if r, err = e.repair(&row); r == nil {
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

// repair returns what can be said of a room whose row has changed; nil: nothing.
func (e *exporter) repair(row *db.RoomRow) (*RoomRecord, error) {
	name, err := proto.ParseRoom(row.Name.Shown)
	if err != nil {
		return nil, e.damage("room %s: its row has changed, and the name with it; it is left out", nameOf(row))
	}
	first := max(row.First, 1)
	var least uint64
	err = e.One("SELECT min(seq) FROM post WHERE room = ?", row.ID).Scan(&least)
	if err == nil && least > 0 {
		first = least
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
	if !db.IsUnreadable(err) {
		return err
	}
	err = e.inTable(e.First, math.MaxInt64, math.MaxInt64, func(p *db.PostRow) error {
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
	return e.Each("SELECT "+db.PostColumns+" FROM post WHERE room = ? ORDER BY seq DESC", func(r *db.Row) error {
		var p db.PostRow
		if err := p.Scan(r, &e.sums); err != nil {
			return e.changed(&p)
		}
		e.Head = p.Seq
		return db.ErrStop
	}, e.id)
}

func (e *roomExport) changed(p *db.PostRow) error {
	return e.damage("room %s: post %d has changed; it is left out", e.Name.Shown, p.Seq)
}

// posts exports the posts up to Head.
func (e *roomExport) posts() error {
	e.next = e.First
	w := sweep{
		query: "SELECT " + db.PostColumns + " FROM post WHERE seq >= ? AND room = ? AND seq <= ? ORDER BY seq",
		args:  []any{e.id, db.Signed(e.Head)}, from: db.Signed(e.First), to: db.Signed(e.Head),
		lost: func(int64, int64, error) error { return nil }, // take notices
	}
	w.row = func(row db.Scanner) (int64, error) {
		var p db.PostRow
		err := p.Scan(row, &e.sums)
		return db.Signed(p.Seq), e.take(&p, err)
	}
	if err := w.run(e.snapshot); err != nil {
		return err
	}
	return e.upTo(e.Head+1, math.MaxInt64)
}

// take exports the next post that the index leads to, unless it is damaged.
func (e *roomExport) take(p *db.PostRow, wrong error) error {
	if p.Room != e.id || p.Seq < e.next || p.Seq > e.Head {
		return nil // it is noticed that one is missing
	}
	if err := e.upTo(p.Seq, p.ID); err != nil {
		return err
	}
	if wrong != nil {
		e.next = p.Seq + 1
		return e.changed(p)
	}
	return e.give(p)
}

func (e *roomExport) give(p *db.PostRow) error {
	e.next, e.past = p.Seq+1, p.ID
	return e.to.Post(&p.Post)
}

// upTo looks in the table for what comes before a post, and says what is not
// there either.
func (e *roomExport) upTo(seq uint64, id int64) error {
	if e.next == seq {
		return nil
	}
	err := e.inTable(e.next, seq-1, id, func(p *db.PostRow) error {
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
