package db

import (
	"errors"
	"fmt"
	"path/filepath"
	"strings"

	"linechat/chatd/internal/history"
)

// Names of the files in the data directory.
const (
	ChatFile   = "chat.db"
	SearchFile = "search.db"
)

// CommonPragmas are set on every connection.
var CommonPragmas = []string{"temp_store=MEMORY", "trusted_schema=OFF"}

// SecureDelete has a connection overwrite what it deletes, but for what StalePages finds.
const SecureDelete = "secure_delete=ON"

// A Writer is the one connection that writes chat.db. One goroutine at a time may
// use it.
type Writer struct {
	*Conn
	NextID int64 // of the next post
	Pages  int   // written to the WAL since the last checkpoint, about
	Behind int   // that the last checkpoint has left in the WAL, because a reader needed them
	Moved  bool  // all that was committed is in the file, and synced

	args []any // of the posts that are to be inserted together
	sums Checksum
}

// postColumns is how many values a post has.
const postColumns = 10

const insertOne = "INSERT INTO post (id, room, seq, time, kind, nick, text, once, account, sum) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"

// inserts are the statements that insert posts, those of many first: a
// statement of its own about doubles what a post costs.
var inserts = []struct {
	query string
	posts int
}{{insertSome(32), 32}, {insertSome(8), 8}, {insertSome(3), 3}, {insertOne, 1}}

func insertSome(posts int) string {
	return insertOne + strings.Repeat(", (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", posts-1)
}

// PageSize is that of SQLite, unless it is told another one.
const PageSize = 4096

// OpenWriter opens the chat.db of a data directory, makes it if there is none, and
// brings it up to date. What is no chat.db it leaves as it is. With shared it must be a copy of
// a shared log, or have no rooms and accounts, and becomes one; else it must be none.
func OpenWriter(dir string, shared bool, around Around) (*Writer, error) {
	path := filepath.Join(dir, ChatFile)
	if err := CreatePrivate(path); err != nil {
		return nil, err
	}
	c, err := Open(path, Options{Around: around, Pragmas: append([]string{
		"cache_size=-32768",
		SecureDelete,
		"wal_autocheckpoint=0",    // the committer calls Checkpoint after it has answered
		"checkpoint_fullfsync=ON", // with Normal a checkpoint alone makes sure of what is stored
		"journal_size_limit=67108864",
	}, CommonPragmas...)})
	if err != nil {
		return nil, hint(path, err)
	}
	w := &Writer{Conn: c}
	if err := w.prepare(dir, shared); err != nil {
		return nil, errors.Join(hint(path, err), w.Close())
	}
	return w, nil
}

func (w *Writer) prepare(dir string, shared bool) error {
	if _, err := Chat.Version(w.Conn); err != nil {
		return err
	}
	if err := w.UseWAL(Full); err != nil {
		return err
	}
	if err := Chat.Migrate(w.Conn, fmt.Sprintf("INSERT INTO meta VALUES ('max_store', %d)", maxStore(dir))); err != nil {
		return err
	}
	if err := w.claim(shared); err != nil {
		return err
	}
	err := w.One(LastID).Scan(&w.NextID)
	w.NextID++
	return err
}

// hint adds to an error of opening what can be done about it.
func hint(path string, err error) error {
	free, _, diskErr := DiskSpace(filepath.Dir(path))
	switch {
	case IsCorrupt(err):
		return Damaged(path, err)
	case IsFull(err), IsSQLite(err) && diskErr == nil && free < 16*PageSize: // SQLite needs some to begin
		return fmt.Errorf("%s cannot be opened, for the disk is full (%w); make some space", path, err)
	case IsSQLite(err):
		return fmt.Errorf("%s cannot be opened: %w", path, err)
	}
	return fmt.Errorf("%s: %w", path, err)
}

// Damaged returns the error of a damaged file, with what can be done about it.
func Damaged(path string, err error) error {
	return fmt.Errorf("%s is damaged (%w): chatd check says what is wrong, chatd export saves what can be read, and a backup can take its place", path, err)
}

// Checkpoint moves the pages of the WAL into the file, if there are at least so many. It
// does not wait for readers: what they still need stays in the WAL. After an error all
// stays there until the next call. A disk that cannot be written shows at a commit.
func (w *Writer) Checkpoint(pages int) error {
	if w.Pages < pages {
		return nil
	}
	w.Pages = 0
	var busy, all, moved int
	err := w.One("PRAGMA wal_checkpoint(PASSIVE)").Scan(&busy, &all, &moved)
	w.Behind = max(all-moved, 0)
	w.Moved = err == nil && busy == 0 && w.Behind == 0
	return err
}

// A Tx is a transaction of the writer under way.
type Tx struct {
	*Writer
	ID   int64 // of the next post, when this is committed
	size int   // of the posts, about
}

// Transact calls f in a transaction and commits it, as Conn.Transact does.
func (w *Writer) Transact(f func(*Tx) error) error {
	t := &Tx{Writer: w, ID: w.NextID}
	defer t.discard()
	if err := w.Conn.Transact(func() error { return f(t) }); err != nil {
		return err
	}
	w.Pages += 4 + t.size/PageSize
	w.Moved = false
	w.NextID = t.ID
	return nil
}

// Touched counts pages of the WAL that the transaction writes for something else than
// posts.
func (t *Tx) Touched(pages int) { t.size += pages * PageSize }

// Insert inserts posts of a room, whose numbers are set. It may keep some of them until
// Flush is called.
func (t *Tx) Insert(room int64, posts []history.Post) error {
	for i := range posts {
		t.put(room, &posts[i])
		if len(t.args) == inserts[0].posts*postColumns {
			if err := t.Flush(); err != nil {
				return err
			}
		}
	}
	return nil
}

func (t *Tx) put(room int64, p *history.Post) {
	var once, owner any
	if p.Once != "" {
		once = p.Once
	}
	if p.Account != 0 {
		owner = int64(p.Account)
	}
	t.args = append(t.args, t.ID, room, int64(p.Seq), p.Time.UnixNano(), string(p.Kind), p.Nick, p.Text, once, owner, t.sums.post(t.ID, room, p))
	t.ID++
	t.size += p.Size()
}

// Flush inserts the posts that Insert has kept.
func (t *Tx) Flush() error {
	args := t.args
	for _, statement := range inserts {
		for n := statement.posts * postColumns; len(args) >= n; args = args[n:] {
			if err := t.Exec(statement.query, args[:n]...); err != nil {
				return err
			}
		}
	}
	t.discard()
	return nil
}

// discard drops the posts that Insert has kept.
func (t *Tx) discard() {
	clear(t.args)
	t.args = t.args[:0]
}

// Create inserts a room, and returns its id. history.ErrExists.
func (t *Tx) Create(r RoomRow) (id int64, err error) {
	var taken int
	if err := t.One("SELECT count(*) FROM room WHERE fold = ? OR look = ?", r.Name.Fold, r.Name.Skeleton).Scan(&taken); err != nil {
		return 0, err
	}
	if taken > 0 {
		return 0, history.ErrExists
	}
	if err := t.One(LastRoom).Scan(&r.ID); err != nil {
		return 0, err
	}
	r.ID++
	return r.ID, t.Exec("INSERT INTO room (id, fold, look, shown, topic, topic_by, maker, made, first, last, account, sum) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
		r.ID, r.Name.Fold, r.Name.Skeleton, r.Name.Shown, r.Topic, r.TopicBy, r.Maker, Nanos(r.Made), Signed(r.First), r.Dropped, accountOf(r.Owner), t.sums.room(&r))
}

// accountOf is how a column says whose a room is.
func accountOf(of history.Owner) any {
	if of == (history.Owner{}) {
		return nil
	}
	return int64(of.Account)
}

// Room returns the row of a room. history.ErrNoRoom.
func (t *Tx) Room(fold string) (RoomRow, error) {
	return ScanRoom(t.One("SELECT "+RoomColumns+" FROM room WHERE fold = ?", fold))
}

// SetTopic stores the topic of a room. history.ErrNoRoom.
func (t *Tx) SetTopic(fold, topic, nick string) error {
	r, err := t.Room(fold)
	if err != nil {
		return err
	}
	r.Topic, r.TopicBy = topic, nick
	return t.Update(&r)
}

// Update stores the topic and the first number of a room.
func (t *Tx) Update(r *RoomRow) error {
	return t.Exec("UPDATE room SET topic = ?, topic_by = ?, first = ?, last = ?, sum = ? WHERE id = ?",
		r.Topic, r.TopicBy, Signed(r.First), r.Dropped, t.sums.room(r), r.ID)
}

// DropRoom deletes the row of a room, and notes that the rest of it is to be deleted.
// history.ErrNoRoom, ErrDamaged.
func (t *Tx) DropRoom(fold string) error {
	r, err := t.Room(fold)
	if err != nil {
		return err
	}
	if err := t.deleteRoom(r.ID); err != nil {
		return err
	}
	return t.Exec("INSERT INTO dropped (room, sum) VALUES (?, ?)", r.ID, t.sums.dropped(r.ID))
}

// deleteRoom deletes the row of a room, and has its id never used again.
func (t *Tx) deleteRoom(id int64) error {
	if err := t.Exec("INSERT OR REPLACE INTO meta VALUES ('last_room', (" + LastRoom + "))"); err != nil {
		return err
	}
	return t.Exec("DELETE FROM room WHERE id = ?", id)
}
