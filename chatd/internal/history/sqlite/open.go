package sqlite

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"

	"golang.org/x/sys/unix"
	driver "modernc.org/sqlite"
)

// Names of the files in the data directory.
const (
	dbFile    = "chat.db"
	indexFile = "search.db"
	lockFile  = "lock"
)

// How many goroutines may read chat.db at a time, and how many searches beside
// them, which take longer; further ones wait.
const (
	readers   = 4
	searchers = 2
)

// Config is what a Store is to go by. The zero value keeps everything, and
// writes until the disk is full.
type Config struct {
	Log     *slog.Logger // nil: nothing is logged
	MinFree int64        // bytes of the disk to be left free, or MinFreeAuto
	Retain  Retain       // zero: all is kept
}

// A Store is rooms and posts in a data directory, which it alone writes.
type Store struct {
	dir    string
	config Config
	log    *slog.Logger
	lock   *os.File
	read   *reader
	seek   *reader // of searches
	writer *writer
	index  *index

	ctx    context.Context // ends with Close
	cancel context.CancelFunc
	wg     sync.WaitGroup // committer, indexer, keeper

	queue    queue
	states   states
	seeking  chan struct{} // holds a token for each search
	sick     atomic.Bool   // writing has failed, and has not been seen to work again
	sickness sickness      // the committer's own
}

func init() {
	// As durable, and without the metadata that nobody needs (see there).
	if _, err := driver.Fdatasync(true); err != nil && !errors.Is(err, driver.ErrFdatasyncUnavailable) {
		panic(err)
	}
}

// Open opens the store in dir, which it makes if there is none, and locks it.
// The error says what to do: another daemon has it, a newer one wrote it, or it
// is damaged.
func Open(dir string, config Config) (*Store, error) {
	if config.Log == nil {
		config.Log = slog.New(slog.DiscardHandler)
	}
	lock, err := lockDir(dir)
	if err != nil {
		return nil, err
	}
	s := &Store{dir: dir, config: config, log: config.Log, lock: lock}
	s.ctx, s.cancel = context.WithCancel(context.Background())
	s.queue.arrived = make(chan struct{}, 1)
	s.seeking = make(chan struct{}, searchers)
	if err := s.open(); err != nil {
		_ = s.closeFiles()
		return nil, err
	}
	s.wg.Go(s.commitAll)
	s.wg.Go(s.index.run)
	if config.Retain != (Retain{}) {
		s.wg.Go(s.keepAll)
	}
	return s, nil
}

func (s *Store) open() (err error) {
	path := filepath.Join(s.dir, dbFile)
	if err := createPrivate(path); err != nil {
		return err
	}
	if s.writer, err = newWriter(s.ctx, path); err != nil {
		return hint(path, err)
	}
	if err := chatSchema.migrate(s.ctx, s.writer.Conn); err != nil {
		return hint(path, err)
	}
	if err := s.writer.prepare(s.ctx); err != nil {
		return hint(path, err)
	}
	s.read, s.seek = newReader(path, readers), newReader(path, searchers)
	s.index = s.openIndex()
	return nil
}

// Close implements history.Store. Nothing may be under way.
func (s *Store) Close() error {
	s.cancel()
	s.wg.Wait()
	return s.closeFiles()
}

func (s *Store) closeFiles() error {
	s.cancel()
	var errs []error
	if s.index != nil {
		errs = append(errs, s.index.close())
	}
	for _, r := range []*reader{s.read, s.seek} {
		if r != nil {
			errs = append(errs, r.close())
		}
	}
	if s.writer != nil {
		errs = append(errs, s.writer.close())
	}
	return errors.Join(append(errs, s.lock.Close())...)
}

// noSpace reports whether a disk has not even the space that SQLite needs to
// begin.
func noSpace(dir string) bool {
	var fs unix.Statfs_t
	err := unix.Statfs(dir, &fs)
	return err == nil && int64(fs.Bavail)*fs.Bsize < 64<<10
}

// hint says of an error at opening what its reader can do about it.
func hint(path string, err error) error {
	switch code(err) {
	case 0:
		return fmt.Errorf("%s: %w", path, err)
	case sqliteCorrupt, sqliteNotADB:
		return fmt.Errorf("%s is damaged (%w): chatd check says what is wrong, chatd export saves what can be read, and a backup can take its place", path, err)
	}
	if code(err) == sqliteFull || noSpace(filepath.Dir(path)) {
		return fmt.Errorf("%s cannot be opened, for the disk is full (%w); make some space", path, err)
	}
	return fmt.Errorf("%s cannot be opened: %w", path, err)
}
