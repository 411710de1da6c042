package sqlite

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"

	"linechat/chatd/internal/history/sqlite/internal/db"
)

// An index is search.db and the goroutine that keeps it up with chat.db.
type index struct {
	path string
	chat *db.Pool
	log  *slog.Logger
	ctx  context.Context
	full func() bool // there is no space for it

	writer  *db.Conn                // the indexer's own; nil: there is no index at the moment
	failing bool                    // the last step did; the indexer's own
	pool    atomic.Pointer[db.Pool] // nil: there is no index at the moment
	upto    atomic.Int64            // the last post that is indexed
	newest  atomic.Int64            // the last post that is committed; 0: it is not known
	damaged atomic.Bool             // a search has found so
	more    chan struct{}           // holds a token when there is something to do
	purges  chan purge

	mu      sync.Mutex
	deleted []int64 // posts that are dropped, and still indexed
}

// openIndex opens search.db. One that is damaged, or is not made from this
// chat.db, is made anew; if that cannot be, then later.
func (s *Store) openIndex() *index {
	ix := &index{path: filepath.Join(s.dir, db.SearchFile), chat: s.reader, log: s.log, ctx: s.ctx, full: s.full, more: make(chan struct{}, 1), purges: make(chan purge)}
	if err := ix.open(); err != nil {
		ix.fail(err)
	}
	signal(ix.more)
	return ix
}

func (ix *index) open() error {
	if err := db.CreatePrivate(ix.path); err != nil {
		return err
	}
	o := db.Options{Pragmas: append([]string{db.SecureDelete}, db.CommonPragmas...)}
	w, err := db.Open(ix.path, o)
	if err != nil {
		return err
	}
	if err := ix.check(w); err != nil {
		return errors.Join(err, w.Close())
	}
	o.Pragmas = append([]string{"query_only=ON"}, db.CommonPragmas...)
	pool, err := db.OpenPool(ix.path, searchers+1, o) // one for retention
	if err != nil {
		return errors.Join(err, w.Close())
	}
	ix.writer = w
	ix.pool.Store(pool)
	return nil
}

// check brings the file up to date and sees whether it belongs to chat.db.
func (ix *index) check(w *db.Conn) error {
	if err := w.UseWAL(db.Normal); err != nil {
		return err
	}
	if err := db.Search.Migrate(w); err != nil {
		return err
	}
	var upto, sum, last int64
	if err := w.One(db.Indexed).Scan(&upto, &sum); err != nil {
		return err
	}
	got := sum // where retention has taken the post
	err := ix.chat.Use(ix.ctx, func(c *db.Conn) error {
		err := c.One("SELECT sum FROM post WHERE id = ?", upto).Scan(&got)
		if err != nil && !errors.Is(err, db.ErrNoRow) {
			return err
		}
		return c.One(db.LastID).Scan(&last)
	})
	if err != nil {
		return err
	}
	if got != sum || upto > last {
		return errors.New("it was made from another chat.db")
	}
	ix.upto.Store(upto)
	ix.newest.CompareAndSwap(0, last)
	return nil
}

// rebuild makes the index anew.
func (ix *index) rebuild() error {
	ix.upto.Store(0)
	_ = ix.close()
	ix.damaged.Store(false)
	for _, suffix := range []string{"", "-wal", "-shm"} {
		if err := os.Remove(ix.path + suffix); err != nil && !errors.Is(err, os.ErrNotExist) {
			return err
		}
	}
	return ix.open()
}

func (ix *index) close() (err error) {
	if pool := ix.pool.Swap(nil); pool != nil {
		err = pool.Close()
	}
	if ix.writer != nil {
		err = errors.Join(err, ix.writer.Close())
	}
	ix.writer = nil
	return err
}
