package sqlite

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"

	"linechat/chatd/internal/account"
	"linechat/chatd/internal/backplane/machine"
	"linechat/chatd/internal/history"
	"linechat/chatd/internal/history/sqlite/internal/db"
	"linechat/chatd/internal/history/sqlite/offline"
)

// A Copy is a store that is shared, as the log changes it: the log's machine.Source. Any
// goroutine may call any method but Apply, which one calls at a time.
type Copy struct{ store *Store }

var _ machine.Source = (*Copy)(nil)

// Copy returns the store as the log changes it. It is of use only if Config.Shared is set.
func (s *Store) Copy() *Copy { return &Copy{s} }

// positions are how far a copy has come. The committer alone changes them.
type positions struct {
	applied, synced atomic.Uint64
	doubtful        bool // a sync has failed: what was written before it is perhaps not on the disk
}

// openPositions reads how far the copy is.
func (s *Store) openPositions() error {
	applied, _, err := s.writer.Applied()
	s.positions.applied.Store(applied)
	return err
}

// noteSynced notes what a checkpoint has made sure of. After a sync that has failed the next
// one succeeds, though the system may have dropped what it could not write.
func (s *Store) noteSynced(failed error) {
	p := &s.positions
	switch {
	case failed != nil && !db.IsFull(failed) && s.config.Shared && !p.doubtful:
		p.doubtful = true
		s.log.Error("this copy is perhaps not on the disk, and does not count as one until chatd starts again; see to the disk, and take a copy of another machine", "err", failed)
	case s.writer.Moved && !p.doubtful:
		p.synced.Store(p.applied.Load())
	}
}

// ReadAfter has all that reads the store from now on call settle before, for what was told may
// not be stored yet. Where settle fails, posts and rooms that are stored can be read, and nothing
// else.
func (c *Copy) ReadAfter(settle func(context.Context) error) { c.store.settle.Store(&settle) }

// settled waits until what was told is stored. ErrUnread: that fails, of which the log says why.
func (s *Store) settled(ctx context.Context) error {
	settle := s.settle.Load()
	if settle == nil {
		return nil
	}
	err := (*settle)(ctx)
	if err == nil || errors.Is(err, context.Canceled) {
		return err
	}
	return fmt.Errorf("%w: what was told is not stored yet (%v)", history.ErrUnread, err)
}

// Ready is Store.Ready. Apply stores what was told also where the disk has less space than is to
// stay free.
func (c *Copy) Ready() error { return c.store.Ready() }

// Applied returns the position of the record that was applied last.
func (c *Copy) Applied() uint64 { return c.store.positions.applied.Load() }

// Synced returns the position up to which records are applied even after a power cut. It
// follows Applied by some seconds.
func (c *Copy) Synced() uint64 { return c.store.positions.synced.Load() }

// Values implements machine.Source.
func (c *Copy) Values(each func(key, value []byte) error) error {
	return c.read(func(conn *db.Conn) error { return conn.Values(each) })
}

// Rooms implements machine.Source.
func (c *Copy) Rooms(each func(history.Room) error) error {
	return c.read(func(conn *db.Conn) error {
		return conn.Each(db.SelectHeads, func(row *db.Row) error {
			r, err := db.ScanHead(row)
			if err != nil {
				return err
			}
			return each(r.Room)
		})
	})
}

// Accounts implements machine.Source.
func (c *Copy) Accounts(each func(account.Account) error) error {
	return c.read(func(conn *db.Conn) error { return conn.AllAccounts(each) })
}

func (c *Copy) read(f func(*db.Conn) error) error { return c.store.read(context.Background(), f) }

// Snapshot makes a file with the copy as it is at one moment, a chat.db that is checked, for
// offline.Restore. The caller removes it, or the next Open does.
func (c *Copy) Snapshot(ctx context.Context) (file string, err error) {
	if err := c.store.settled(ctx); err != nil {
		return "", err
	}
	if file, err = db.TempFile(c.store.dir); err != nil {
		return "", err
	}
	_, err = offline.Backup(ctx, c.store.dir, file, nil)
	return file, err
}
