package sqlite

import (
	"context"
	"time"

	"linechat/chatd/internal/history/sqlite/internal/db"
)

// For the tests.
const (
	BatchPosts   = batchPosts
	BatchBytes   = batchBytes
	SliceRows    = sliceRows
	IndexRows    = indexRows
	FloodRows    = floodRows
	KeyedChunk   = keyedChunk
	Readers      = readers
	IndexReaders = searchers + 1
	DBFile       = db.ChatFile
	IndexFile    = db.SearchFile
)

// Around returns a config with which f runs in place of each statement on
// chat.db.
func (c Config) Around(f db.Around) Config {
	c.around = f
	return c
}

// SetRetain sets what Keep is to keep, in a store that was opened to keep all.
func (s *Store) SetRetain(r Retain) { s.config.Retain = r }

// Keep carries retention out.
func (s *Store) Keep(ctx context.Context) error { return s.retain(ctx, s.config.Retain) }

// Rest is how long the indexer rests.
func Rest(step time.Duration, committed int64) time.Duration { return rest(step, committed) }

// Indexed waits until the index has all posts that are stored, and no others.
func (s *Store) Indexed(ctx context.Context) error {
	for ctx.Err() == nil {
		var last int64
		err := s.reader.Use(ctx, func(c *db.Conn) error {
			return c.One("SELECT coalesce(max(id), 0) FROM post").Scan(&last)
		})
		if err != nil {
			return err
		}
		if !s.index.damaged.Load() && s.index.upto.Load() >= last && s.index.unremoved() == 0 {
			return nil
		}
		<-time.After(time.Millisecond)
	}
	return ctx.Err()
}

// Gone waits until nothing is left of rooms that were dropped.
func (s *Store) Gone(ctx context.Context) error {
	for ctx.Err() == nil {
		if left, err := s.droppedRooms(ctx); len(left) == 0 || err != nil {
			return err
		}
		<-time.After(time.Millisecond)
	}
	return ctx.Err()
}

// UseIndex calls f with a connection of those that search the index.
func (s *Store) UseIndex(ctx context.Context, f func(*db.Conn) error) error {
	return s.index.pool.Load().Use(ctx, f)
}

// UseReader calls f with a connection of those that read chat.db.
func (s *Store) UseReader(ctx context.Context, f func(*db.Conn) error) error {
	return s.reader.Use(ctx, f)
}

// Pragma asks the committer's connection for a number.
func (s *Store) Pragma(pragma string) (answer int64, err error) {
	err = s.write(func(t *db.Tx) error { return t.One("PRAGMA " + pragma).Scan(&answer) })
	return answer, err
}

// Count has the committer count all posts, behind what waits already.
func (s *Store) Count() <-chan int64 {
	n := make(chan int64, 1)
	var counted int64
	s.queue.add(&request{
		change: func(t *db.Tx) error { return t.One("SELECT count(*) FROM post").Scan(&counted) },
		answer: func(uint64, error) { n <- counted },
	})
	return n
}

// Measure measures the files.
func (s *Store) Measure() { s.measure() }

// Used returns the bytes that are in use of the store's files.
func (s *Store) Used(ctx context.Context) (int64, error) { return s.used(ctx) }

// LogPages returns how many pages the committer believes the WAL to have
// gathered.
func (s *Store) LogPages() (n int64) {
	_ = s.write(func(t *db.Tx) error { n = int64(t.Pages); return nil })
	return n
}

// Checkpoint has the committer move into the file what it can of the WAL, and reports whether
// that was all.
func (s *Store) Checkpoint() (all bool) {
	end := make(chan struct{})
	s.between <- func() {
		defer close(end)
		s.checkpoint(0)
		all = s.writer.Moved
	}
	<-end
	return all
}

// Hold keeps the committer, and so all that writes chat.db, from going on until release is
// called.
func (s *Store) Hold() (release func()) {
	held := make(chan struct{})
	s.between <- func() { <-held }
	return func() { close(held) }
}
