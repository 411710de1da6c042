package sqlite

import (
	"context"
	"errors"
	"time"

	"linechat/chatd/internal/history/sqlite/internal/db"
)

const (
	slicePages   = 256                    // that are looked at at a time, and written in one transaction
	readersPause = 100 * time.Millisecond // for those who read the WAL
	readersTries = 50
)

// erase overwrites what is left of deleted rows in chat.db, and empties the WAL.
func (s *Store) erase(ctx context.Context) error {
	for from := int64(1); from > 0; {
		var stale []int64
		err := s.reader.Use(ctx, func(c *db.Conn) (err error) {
			stale, from, err = c.StalePages(from, slicePages)
			return err
		})
		if err == nil && len(stale) > 0 {
			err = s.write(func(t *db.Tx) error { t.Touched(len(stale)); return t.Erase(stale) })
		}
		if err != nil {
			return err
		}
	}
	return emptyWAL(ctx, func() (bool, error) { return s.truncateWAL(ctx) })
}

// truncateWAL has the committer truncate the WAL, if nobody reads it.
func (s *Store) truncateWAL(ctx context.Context) (done bool, err error) {
	end := make(chan struct{})
	truncate := func() {
		defer close(end)
		if err = s.ready(); err == nil {
			done, err = s.writer.TruncateWAL()
		}
	}
	select {
	case s.between <- truncate:
		<-end
		return done, err
	case <-ctx.Done():
		return false, ctx.Err()
	}
}

// erase does the same in search.db.
func (ix *index) erase() error {
	if err := ix.writer.EraseAll(slicePages); err != nil {
		return err
	}
	return emptyWAL(ix.ctx, ix.writer.TruncateWAL)
}

var errRead = errors.New("deleted posts stay in a WAL, for somebody has been reading it for long")

// emptyWAL calls truncate until nobody reads the WAL, for some seconds.
func emptyWAL(ctx context.Context, truncate func() (done bool, err error)) error {
	for range readersTries {
		if done, err := truncate(); done || err != nil {
			return err
		}
		select {
		case <-time.After(readersPause):
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return errRead
}
