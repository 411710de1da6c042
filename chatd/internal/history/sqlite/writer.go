package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"strings"
	"time"

	"linechat/chatd/internal/history"
)

// A writer is the one connection that writes chat.db. It belongs to the
// committer.
type writer struct {
	path string
	db   *sql.DB
	*sql.Conn
	statements

	args   []any // of the posts that are to be inserted together
	sum    summer
	nextID int64 // of the next post
	pages  int   // written to the WAL since the last checkpoint, about
}

// columns is how many values a post has.
const columns = 9

const insertOne = "INSERT INTO post (id, room, seq, time, kind, nick, text, once, sum) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"

// inserts are the statements that insert posts, those of many first: a
// statement of its own about doubles what a post costs.
var inserts = []struct {
	query string
	posts int
}{{insertSome(32), 32}, {insertSome(8), 8}, {insertSome(3), 3}, {insertOne, 1}}

func insertSome(posts int) string {
	return insertOne + strings.Repeat(", (?, ?, ?, ?, ?, ?, ?, ?, ?)", posts-1)
}

// pageSize is that of SQLite, unless it is told another one.
const pageSize = 4096

// newWriter opens chat.db, if it is one. Else it leaves the file as it is.
func newWriter(ctx context.Context, path string) (*writer, error) {
	w := &writer{path: path, db: openDB(path, writerPragmas)}
	w.db.SetMaxOpenConns(1)
	var err error
	if w.Conn, err = w.db.Conn(ctx); err != nil {
		_ = w.db.Close()
		return nil, err
	}
	w.on = w.Conn
	if _, err = chatSchema.version(ctx, w.Conn); err == nil {
		err = makeDurable(ctx, w.Conn, synchronous)
	}
	if err != nil {
		_ = w.close()
		return nil, err
	}
	return w, nil
}

// prepare readies a connection for posts, when the file is up to date.
func (w *writer) prepare(ctx context.Context) error {
	if err := w.row(ctx, lastID).Scan(&w.nextID); err != nil {
		return err
	}
	w.nextID++
	return nil
}

// lastID selects the last id that was given to a post.
const lastID = `SELECT max(coalesce((SELECT max(id) FROM post), 0), coalesce((SELECT value FROM meta WHERE key = 'last_id'), 0))`

func (w *writer) close() error {
	w.closeAll()
	return errors.Join(w.Conn.Close(), w.db.Close())
}

// A tx is a transaction of the writer under way.
type tx struct {
	*writer
	id   int64 // of the next post, when this is committed
	size int   // of the posts, about
}

// transact has what f writes committed.
func (w *writer) transact(f func(*tx) error) error {
	t := &tx{writer: w, id: w.nextID}
	defer t.discard()
	if err := transact(context.Background(), w, func() error { return f(t) }); err != nil {
		return err
	}
	w.pages += 4 + t.size/pageSize
	w.nextID = t.id
	return nil
}

// insert inserts posts of a room, which have their numbers: when flush is called,
// at the latest.
func (t *tx) insert(room int64, posts []history.Post) error {
	for i := range posts {
		t.put(room, &posts[i])
		if len(t.args) == inserts[0].posts*columns {
			if err := t.flush(); err != nil {
				return err
			}
		}
	}
	return nil
}

func (t *tx) put(room int64, p *history.Post) {
	var once any
	if p.Once != "" {
		once = p.Once
	}
	t.args = append(t.args, t.id, room, int64(p.Seq), p.Time.UnixNano(), string(p.Kind), p.Nick, p.Text, once, t.sum.post(t.id, room, p))
	t.id++
	t.size += p.Size()
}

func (t *tx) flush() error {
	args := t.args
	for _, statement := range inserts {
		for n := statement.posts * columns; len(args) >= n; args = args[n:] {
			if err := t.exec(context.Background(), statement.query, args[:n]...); err != nil {
				return err
			}
		}
	}
	t.discard()
	return nil
}

// discard forgets what has been put by to be inserted.
func (t *tx) discard() {
	clear(t.args)
	t.args = t.args[:0]
}

// create inserts a room. history.ErrExists.
func (t *tx) create(room history.Room) error {
	ctx := context.Background()
	r := roomRow{Room: room}
	var taken int
	if err := t.row(ctx, "SELECT count(*) FROM room WHERE fold = ? OR look = ?", r.Name.Fold, r.Name.Skeleton).Scan(&taken); err != nil {
		return err
	}
	if taken > 0 {
		return history.ErrExists
	}
	if err := t.row(ctx, "SELECT coalesce(max(id), 0) + 1 FROM room").Scan(&r.id); err != nil {
		return err
	}
	return t.exec(context.Background(), "INSERT INTO room (id, fold, look, shown, topic, topic_by, maker, made, first, last, sum) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
		r.id, r.Name.Fold, r.Name.Skeleton, r.Name.Shown, r.Topic, r.TopicBy, r.Maker, nanos(r.Made), signed(r.First), r.last, t.sum.room(&r))
}

// room returns the row of a room. history.ErrNoRoom.
func (t *tx) room(fold string) (roomRow, error) {
	return scanRoom(t.row(context.Background(), "SELECT "+roomColumns+" FROM room WHERE fold = ?", fold))
}

// update changes what may change of the row of a room.
func (t *tx) update(r *roomRow) error {
	return t.exec(context.Background(), "UPDATE room SET topic = ?, topic_by = ?, first = ?, last = ?, sum = ? WHERE id = ?",
		r.Topic, r.TopicBy, signed(r.First), r.last, t.sum.room(r), r.id)
}

// How many pages the WAL may gather before they are moved into the file: while
// posts come in, and when none has come for a while.
const (
	checkpointPages = 4096
	quietPages      = 64
	quietFor        = 200 * time.Millisecond
)

const checkpoint = "PRAGMA wal_checkpoint(PASSIVE)"

// walPages is how many pages the WAL may gather now. What it has gathered needs
// its space a second time while it is moved: on a small disk it may gather less.
func (s *Store) walPages() int {
	return int(max(quietPages, min(checkpointPages, s.sickness.spare/pageSize/4)))
}

// checkpoint moves what the WAL has gathered into the file, if that is so many
// pages. Readers are not waited for: what they still need stays. An error means
// that it stays all; the next one tries again, and what cannot be written at all
// shows at a commit.
func (w *writer) checkpoint(pages int) {
	if w.pages < pages {
		return
	}
	w.pages = 0
	_ = w.exec(context.Background(), checkpoint)
}
