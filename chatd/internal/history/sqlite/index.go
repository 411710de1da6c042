package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
)

// indexSchema is that of search.db. The words are split and folded by
// history.Words, so the tokenizer has nothing left to do but to split at blanks:
// this one does that, and takes all that is not ASCII for letters.
var indexSchema = schema{application: 0x63686178, steps: []string{`
CREATE TABLE meta (key TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;
INSERT INTO meta VALUES ('upto', 0), ('sum', 0);
CREATE VIRTUAL TABLE words USING fts5 (nick, text,
	content = '', contentless_delete = 1, tokenize = 'ascii');
`}}

// An index is search.db and the goroutine that keeps it up with chat.db.
type index struct {
	path string
	chat *reader
	log  *slog.Logger
	ctx  context.Context
	full func() bool // there is no space for it

	db      atomic.Pointer[sql.DB] // nil: there is none at the moment
	upto    atomic.Int64           // the last post that is indexed
	newest  atomic.Int64           // the last post that is committed; 0: none since the store was opened
	damaged atomic.Bool            // a search has found so
	more    chan struct{}          // holds a token when there is something to do
	failing bool                   // the last step did; the indexer's own

	mu   sync.Mutex
	gone []int64 // posts that are dropped, and still indexed
}

// openIndex opens search.db. One that is damaged, or is not made from this
// chat.db, is made anew; if that cannot be, then later.
func (s *Store) openIndex() *index {
	ix := &index{path: filepath.Join(s.dir, indexFile), chat: s.read, log: s.log, ctx: s.ctx, full: s.full, more: make(chan struct{}, 1)}
	if err := ix.open(); err != nil {
		ix.fail(err)
	}
	ix.wake()
	return ix
}

func (ix *index) open() error {
	if err := createPrivate(ix.path); err != nil {
		return err
	}
	db := openDB(ix.path, indexPragmas)
	db.SetMaxOpenConns(1 + searchers)
	db.SetMaxIdleConns(1 + searchers)
	err := ix.check(db)
	if err != nil {
		_ = db.Close()
		return err
	}
	if old := ix.db.Swap(db); old != nil {
		_ = old.Close()
	}
	return nil
}

// check brings the file up to date and sees whether it belongs to chat.db.
func (ix *index) check(db *sql.DB) error {
	conn, err := db.Conn(ix.ctx)
	if err != nil {
		return err
	}
	defer conn.Close()
	if err := makeDurable(ix.ctx, conn, "NORMAL"); err != nil {
		return err
	}
	if err := indexSchema.migrate(ix.ctx, conn); err != nil {
		return err
	}
	var upto, sum, last int64
	err = conn.QueryRowContext(ix.ctx, "SELECT (SELECT value FROM meta WHERE key = 'upto'), (SELECT value FROM meta WHERE key = 'sum')").Scan(&upto, &sum)
	if err != nil {
		return err
	}
	got := sum // where retention has taken the post
	err = ix.chat.row(ix.ctx, "SELECT sum FROM post WHERE id = ?", upto).Scan(&got)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return err
	}
	if err := ix.chat.row(ix.ctx, lastID).Scan(&last); err != nil {
		return err
	}
	if got != sum || upto > last {
		return errors.New("it was made from another chat.db")
	}
	ix.upto.Store(upto)
	ix.newest.CompareAndSwap(0, last)
	return nil
}

// renew makes the index anew.
func (ix *index) renew() error {
	ix.upto.Store(0)
	if old := ix.db.Swap(nil); old != nil {
		_ = old.Close()
	}
	ix.damaged.Store(false)
	for _, suffix := range []string{"", "-wal", "-shm"} {
		if err := os.Remove(ix.path + suffix); err != nil && !errors.Is(err, os.ErrNotExist) {
			return err
		}
	}
	return ix.open()
}

func (ix *index) close() error {
	if db := ix.db.Load(); db != nil {
		return db.Close()
	}
	return nil
}
