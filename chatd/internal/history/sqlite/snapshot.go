package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"

	sqlite "modernc.org/sqlite"
	lib "modernc.org/sqlite/lib"
)

// A Progress is told, now and then, how far a step is: done of all. It is called
// by one goroutine at a time.
type Progress func(step string, done, all int64)

func (p Progress) tell(step string, done, all int64) {
	if p != nil {
		p(step, done, all)
	}
}

// snapshotPragmas let VACUUM INTO write its copy: the file itself is opened for
// reading only.
var snapshotPragmas = append(pragmas{"PRAGMA cache_size=-8192"}, commonPragmas...)

// A snapshot is one of the store's files, opened for reading only: a daemon may
// go on writing it, and what a crash has left is not changed by looking at it.
// From begin on it is the file as it was then. While it is held the WAL grows
// with what the daemon writes.
type snapshot struct {
	path string
	db   *sql.DB
	conn *sql.Conn
}

// openStore opens the chat.db of a data directory.
func openStore(ctx context.Context, dir string, first ...string) (*snapshot, error) {
	s, err := openSnapshot(ctx, filepath.Join(dir, dbFile), first...)
	return s, elsewhere(err)
}

// elsewhere says of a file that is not there where it may be.
func elsewhere(err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("%w; --data names another directory", err)
	}
	return err
}

// openSnapshot opens a file that is there, with pragmas before the usual ones.
func openSnapshot(ctx context.Context, path string, first ...string) (*snapshot, error) {
	if _, err := os.Stat(path); err != nil {
		return nil, err
	}
	uri := "file:" + (&url.URL{Path: filepath.Clean(path)}).EscapedPath() + "?mode=ro"
	inner, err := sqlite.NewConnector(uri)
	if err != nil {
		return nil, err
	}
	s := &snapshot{path: path, db: sql.OpenDB(connector{inner, append(first, snapshotPragmas...)})}
	if s.conn, err = s.db.Conn(ctx); err == nil {
		return s, nil
	}
	_ = s.db.Close()
	switch code(err) {
	case sqliteReadOnly, lib.SQLITE_CANTOPEN: // a reader says in chat.db-shm what it reads
		return nil, fmt.Errorf("%s can be read only by who may write in its directory: %w", path, err)
	}
	return nil, err
}

func (s *snapshot) close() error { return errors.Join(s.conn.Close(), s.db.Close()) }

// begin has all that follows read from one state of the file.
func (s *snapshot) begin(ctx context.Context) error {
	if _, err := s.conn.ExecContext(ctx, "BEGIN"); err != nil {
		return err
	}
	_, err := countTables(ctx, s.conn) // the state is that of the first read
	return err
}

// verify reports a file that is not of this schema.
func (s *snapshot) verify(ctx context.Context, want *schema) error {
	version, err := want.version(ctx, s.conn)
	if err == nil && version < int64(len(want.steps)) {
		err = fmt.Errorf("it is empty, or of an older chatd (schema %d, and this one reads %d); chatd brings it up to date when it runs", version, len(want.steps))
	}
	if err != nil {
		return fmt.Errorf("%s: %w", s.path, err)
	}
	return nil
}

func (s *snapshot) row(ctx context.Context, query string, args ...any) scanner {
	return s.conn.QueryRowContext(ctx, query, args...)
}

// unreadable reports whether an error means that a part of the file cannot be
// read, and another perhaps can.
func unreadable(err error) bool {
	switch code(err) {
	case sqliteCorrupt, sqliteNotADB, lib.SQLITE_IOERR:
		return true
	}
	return false
}
