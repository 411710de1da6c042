package offline

import (
	"context"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"

	"linechat/chatd/internal/history"
	"linechat/chatd/internal/history/sqlite/internal/db"
	"linechat/chatd/proto"
)

// How many problems a Report names, and how many of them are what SQLite says of
// the pages.
const (
	maxProblems     = 100
	maxPageProblems = 20
)

// tellEvery is how many rows are read between two calls of a Progress.
const tellEvery = 1024

// A Report is what Check has found.
type Report struct {
	Rooms, Posts int64    // readable ones
	Accounts     int64    // likewise, those that were given up among them
	Problems     []string // a line each, at most maxProblems
	More         int      // problems that are not named
	Remarks      []string // harmless faults
}

// OK reports whether nothing harmful was found.
func (r *Report) OK() bool { return len(r.Problems) == 0 }

func (r *Report) problem(format string, args ...any) {
	if len(r.Problems) == maxProblems {
		r.More++
		return
	}
	r.Problems = append(r.Problems, fmt.Sprintf(format, args...))
}

// Check reads the whole of a chat.db, or of a backup, and compares each row with
// its sum, and the rows with one another. A daemon may use the file meanwhile.
// The error is that there is nothing to check, or that ctx has ended.
//
// That the newest posts of a room are missing altogether is not noticed, nor
// that the file is an older one: nothing else says that there were others.
func Check(ctx context.Context, file string, progress Progress) (Report, error) {
	c := &checker{ctx: ctx, progress: progress, rooms: map[int64]*checkedRoom{}}
	err := c.run(file)
	return c.Report, err
}

// CheckDir is Check of the chat.db in dir, with remarks on its search.db.
func CheckDir(ctx context.Context, dir string, progress Progress) (Report, error) {
	c := &checker{ctx: ctx, progress: progress, rooms: map[int64]*checkedRoom{}}
	c.index = readMark(ctx, filepath.Join(dir, db.SearchFile)) // before chat.db, which it follows
	err := withDataHint(c.run(filepath.Join(dir, db.ChatFile)))
	if err == nil {
		err = c.index.pages(ctx)
	}
	if wrong := c.index.wrong; wrong != "" {
		c.Remarks = append(c.Remarks, fmt.Sprintf("%s: %s; no post is harmed: stop chatd and delete search.db, and it is made anew", c.index.path, wrong))
	}
	return c.Report, err
}

// A checker is a Check under way.
type checker struct {
	*snapshot
	Report
	ctx      context.Context
	progress Progress
	index    *indexMark // nil: it is not looked at
	rooms    map[int64]*checkedRoom
	sums     db.Checksum
}

// A checkedRoom is what the posts of a room are compared with.
type checkedRoom struct {
	name    string
	next    uint64 // the number that comes next; 0: it is not known
	last    int64  // the time of the post before it
	orphans int    // posts of a room that is not there
	dropped bool   // its posts are being deleted
}

func (c *checker) run(file string) (err error) {
	c.snapshot, err = openSnapshot(c.ctx, file)
	switch {
	case db.IsUnreadable(err):
		c.problem("%s cannot be opened: %v", file, err)
		return nil
	case err != nil:
		return err
	}
	defer c.Close()
	if err := c.head(); err != nil {
		c.problem("%v", err)
		return c.ctx.Err()
	}
	for _, step := range []func() error{c.pages, c.accountRows, c.machineRows, c.droppedRooms, c.roomRows, c.postRows} {
		if err := step(); err != nil && c.ctx.Err() == nil {
			c.problem("%s cannot be read: %v", file, err)
		}
	}
	return c.ctx.Err()
}

// head checks that it is a chat.db, and begins a transaction, so that everything is read
// as it is now.
func (c *checker) head() error {
	if err := c.begin(); err != nil {
		return fmt.Errorf("%s cannot be read: %w", c.path, err)
	}
	if err := c.verify(&db.Chat); err != nil {
		return err
	}
	var last int64
	if err := c.One(db.LastID).Scan(&last); err != nil {
		c.problem("%s: which was the last id of a post cannot be read", c.path)
	}
	if c.index != nil {
		c.index.compare(c.snapshot, last)
	}
	return nil
}

// pages has SQLite compare the pages of the file with one another.
func (c *checker) pages() error {
	c.progress.tell("checking the pages", 0, 0)
	return c.integrity(maxPageProblems, func(line string) { c.problem("%s: %s", c.path, line) })
}

// integrity calls found with what SQLite finds amiss, a line each, up to about limit
// lines.
func (s *snapshot) integrity(limit int, found func(line string)) error {
	return s.Each(fmt.Sprintf("PRAGMA integrity_check(%d)", limit), func(r *db.Row) error {
		var text string
		if err := r.Scan(&text); err != nil {
			return err
		}
		for line := range strings.Lines(text) {
			line = strings.TrimSpace(line)
			if line != "ok" && line != "" && !strings.HasPrefix(line, "***") {
				found(line)
			}
		}
		return nil
	})
}

// greatest returns the greatest key of a table, lastKey where that cannot be
// read.
func (c *checker) greatest(query string) (key int64) {
	if err := c.One(query).Scan(&key); err != nil {
		return lastKey
	}
	return key
}

// droppedRooms notes the rooms whose posts are being deleted.
func (c *checker) droppedRooms() error {
	return c.Dropped(func(id int64, err error) error {
		if err != nil {
			c.problem("%v", err)
		}
		c.rooms[id] = &checkedRoom{dropped: true}
		return nil
	})
}

func (c *checker) roomRows() error {
	w := sweep{query: "SELECT " + db.RoomColumns + " FROM room WHERE id >= ? ORDER BY id", from: 1, to: c.greatest("SELECT coalesce(max(id), 0) FROM room")}
	w.row = func(row db.Scanner) (int64, error) {
		r, err := db.ScanRoom(row)
		room := &checkedRoom{name: nameOf(&r), next: r.First, last: r.Dropped}
		if err != nil {
			c.problem("room %s: its row has changed", room.name)
			room.next, room.last = 0, 0
		}
		c.Rooms++
		c.rooms[r.ID] = room
		return r.ID, nil
	}
	w.lost = func(from, to int64, why error) error {
		c.problem("rooms of %s cannot be read: %v", ids(from, to), why)
		return nil
	}
	return w.run(c.snapshot)
}

// postRows reads the posts in the order of their ids, in which each room's have
// their order, too.
func (c *checker) postRows() error {
	last := c.greatest("SELECT coalesce(max(id), 0) FROM post")
	w := sweep{query: "SELECT " + db.PostColumns + " FROM post WHERE id >= ? ORDER BY id", from: 1, to: last}
	w.row = func(row db.Scanner) (int64, error) {
		var p db.PostRow
		err := p.Scan(row, &c.sums)
		if room := c.rooms[p.Room]; room != nil && room.dropped {
			return p.ID, nil
		}
		c.post(&p, err)
		if c.Posts++; c.Posts%tellEvery == 0 {
			c.progress.tell("checked", p.ID, last)
		}
		return p.ID, nil
	}
	w.lost = func(from, to int64, why error) error {
		c.problem("posts of %s cannot be read: %v", ids(from, to), why)
		return nil
	}
	if err := w.run(c.snapshot); err != nil {
		return err
	}
	for _, id := range slices.Sorted(maps.Keys(c.rooms)) {
		if n := c.rooms[id].orphans; n > 0 {
			c.problem("there is no room of id %d, and of its posts there are %d", id, n)
		}
	}
	return nil
}

// post looks at the next post. wrong is what is wrong with its row.
func (c *checker) post(p *db.PostRow, wrong error) {
	room := c.rooms[p.Room]
	switch {
	case wrong != nil && (room == nil || room.next != p.Seq):
		c.problem("the post of id %d has changed", p.ID)
		return
	case wrong != nil:
		c.problem("room %s: post %d has changed", room.name, p.Seq)
		room.next++
		return
	case room == nil:
		c.rooms[p.Room] = &checkedRoom{orphans: 1}
		return
	case room.orphans > 0:
		room.orphans++
		return
	}
	c.compare(room, &p.Post)
}

// compare compares a post with those before it.
func (c *checker) compare(room *checkedRoom, p *history.Post) {
	at := p.Time.UnixNano()
	switch {
	case room.next == 0 || p.Seq == room.next:
	case p.Seq < room.next:
		c.problem("room %s: post %d comes after post %d", room.name, p.Seq, room.next-1)
		return
	default:
		c.problem("room %s: %s missing", room.name, numbers(room.next, p.Seq-1))
	}
	if at < room.last {
		c.problem("room %s: post %d is older than the one before it", room.name, p.Seq)
	}
	if p.Kind != proto.MSG && p.Kind != proto.ME {
		c.problem("room %s: post %d is a %q", room.name, p.Seq, p.Kind)
	}
	room.next, room.last = p.Seq+1, at
}

// nameOf is how a room is named of which perhaps not even the name is right.
func nameOf(r *db.RoomRow) string {
	if name, err := proto.ParseRoom(r.Name.Shown); err == nil {
		return name.Shown
	}
	return fmt.Sprintf("%q (id %d)", r.Name.Shown, r.ID)
}

// numbers is how a run of posts is named, as the subject of a sentence.
func numbers(from, to uint64) string {
	if from == to {
		return fmt.Sprintf("post %d is", from)
	}
	return fmt.Sprintf("posts %d to %d are", from, to)
}

func ids(from, to int64) string {
	switch to {
	case from:
		return fmt.Sprintf("id %d", from)
	case lastKey:
		return fmt.Sprintf("id %d and above", from)
	}
	return fmt.Sprintf("id %d to %d", from, to)
}
