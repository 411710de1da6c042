// Package offline checks, compares, backs up, restores, exports and imports the files of the
// store. All but what writes there may run while a daemon uses the files. Its tests are beside
// the store's, whose data they need.
package offline

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"linechat/chatd/internal/history/sqlite/internal/db"
)

// A Progress is called now and then with how far a step is: done of all, 0 of 0 if that
// is not known. One goroutine at a time calls it.
type Progress func(step string, done, all int64)

func (p Progress) tell(step string, done, all int64) {
	if p != nil {
		p(step, done, all)
	}
}

// A snapshot is one of the store's files, opened read-only: a daemon may go on writing
// it, and reading does not change what a crash has left. From begin on it shows the file
// as it was then, and until it is closed the WAL grows with what the daemon writes. Its
// statements end with the context it was opened with.
type snapshot struct {
	*db.Conn
	path string
}

// openStore opens the chat.db of a data directory.
func openStore(ctx context.Context, dir string, first ...string) (*snapshot, error) {
	s, err := openSnapshot(ctx, filepath.Join(dir, db.ChatFile), first...)
	return s, withDataHint(err)
}

// withDataHint adds to the error of a missing file where it may be.
func withDataHint(err error) error {
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
	pragmas := append(append(first, "cache_size=-8192"), db.CommonPragmas...)
	conn, err := db.Open(path, db.Options{ReadOnly: true, Pragmas: pragmas})
	if db.IsNoAccess(err) { // a reader says in chat.db-shm what it reads
		err = fmt.Errorf("%s can be read only by who may write in its directory: %w", path, err)
	}
	if err != nil {
		return nil, err
	}
	conn.SetContext(ctx)
	return &snapshot{conn, path}, nil
}

// begin begins a transaction: all that follows reads one state of the file.
func (s *snapshot) begin() error {
	if err := s.Exec("BEGIN"); err != nil {
		return err
	}
	return s.Exec("SELECT count(*) FROM sqlite_schema") // the state is that of the first read
}

// verify returns an error unless the file has this schema, in its current version.
func (s *snapshot) verify(want *db.Schema) error {
	version, err := want.Version(s.Conn)
	if err == nil && version < int64(len(want.Steps)) {
		err = fmt.Errorf("it is empty, or of an older chatd (schema %d, and this one reads %d); chatd brings it up to date when it runs", version, len(want.Steps))
	}
	if err != nil {
		return fmt.Errorf("%s: %w", s.path, err)
	}
	return nil
}
