package sqlite

import (
	"context"
	"database/sql"
	"time"
)

// For the tests.
const (
	BatchPosts = batchPosts
	BatchBytes = batchBytes
	SliceRows  = sliceRows
	IndexRows  = indexRows
	FloodRows  = floodRows
	KeyedChunk = keyedChunk
	DBFile     = dbFile
	IndexFile  = indexFile
)

// Retain sets what Keep is to keep, in a store that was opened to keep all.
func (s *Store) Retain(r Retain) { s.config.Retain = r }

// Keep carries retention out.
func (s *Store) Keep(ctx context.Context) error { return s.keep(ctx) }

// Rest is how long the indexer rests.
func Rest(step time.Duration, committed int64) time.Duration { return rest(step, committed) }

// Indexed waits until the index has all posts that are stored, and no others.
func (s *Store) Indexed(ctx context.Context) error {
	for ctx.Err() == nil {
		var last int64
		if err := s.read.row(ctx, "SELECT coalesce(max(id), 0) FROM post").Scan(&last); err != nil {
			return err
		}
		if !s.index.damaged.Load() && s.index.upto.Load() >= last && s.index.forgetting() == 0 {
			return nil
		}
		<-time.After(time.Millisecond)
	}
	return ctx.Err()
}

// IndexDB returns the index as it is at the moment.
func (s *Store) IndexDB() *sql.DB { return s.index.db.Load() }

// Reader returns the connections that read chat.db.
func (s *Store) Reader() *sql.DB { return s.read.DB }

// Pragma asks the committer's connection.
func (s *Store) Pragma(pragma string) (answer any, err error) {
	err = s.write(func(t *tx) error {
		return t.QueryRowContext(context.Background(), "PRAGMA "+pragma).Scan(&answer)
	})
	return answer, err
}

// Count has the committer count all posts, behind what waits already.
func (s *Store) Count() <-chan int64 {
	n := make(chan int64, 1)
	var counted int64
	s.queue.add(&request{
		change: func(t *tx) error { return t.row(context.Background(), "SELECT count(*) FROM post").Scan(&counted) },
		answer: func(uint64, error) { n <- counted },
	})
	return n
}

// Migrate brings a file up to date by steps.
func Migrate(ctx context.Context, path string, application int64, steps ...string) error {
	db := openDB(path, commonPragmas)
	defer db.Close()
	conn, err := db.Conn(ctx)
	if err != nil {
		return err
	}
	defer conn.Close()
	return (&schema{application, steps}).migrate(ctx, conn)
}

// Used returns the bytes that are in use of the store's files.
func (s *Store) Used(ctx context.Context) (int64, error) { return s.used(ctx) }

// LogPages returns how many pages the committer believes the WAL to have
// gathered.
func (s *Store) LogPages() (n int64) {
	_ = s.write(func(t *tx) error { n = int64(t.pages); return nil })
	return n
}

// SetSynchronous changes how committers sync from now on, until it is undone.
func SetSynchronous(level string) (undo func()) {
	before := synchronous
	synchronous = level
	return func() { synchronous = before }
}
