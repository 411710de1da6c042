package sqlite

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"path/filepath"
	"sync"
	"sync/atomic"

	"linechat/chatd/internal/history/sqlite/internal/db"
	"linechat/chatd/internal/private"
)

// How many goroutines may read chat.db at a time, and how many searches beside
// them, which take longer; further ones wait.
const (
	readers   = 4
	searchers = 2

	readerCache = 8 << 20
)

// ErrInUse: another process has the data directory.
var ErrInUse = db.ErrInUse

// Config is what a Store is to go by. The zero value keeps everything, and
// writes until the disk is full.
type Config struct {
	Log     *slog.Logger // nil: nothing is logged
	MinFree int64        // bytes of the disk to be left free, or MinFreeAuto
	Retain  Retain       // zero: all is kept

	// Shared says that the directory is a copy of a log that several machines share, which alone
	// changes it, through Copy. A power cut may take what was applied last, and the log has it.
	Shared bool

	// MaxStore is how many bytes the files may have in use, or MaxStoreAuto; 0: there is no
	// limit.
	MaxStore int64

	// CacheBytes is how much memory each of six readers may take for pages; 0: 8 MB.
	CacheBytes int64

	Meter Meter // nil: nobody is told

	around db.Around // nil in all but tests
}

// A Store is rooms and posts in a data directory, which it alone writes.
type Store struct {
	dir          string
	config       Config
	log          *slog.Logger
	lock         io.Closer
	reader       *db.Pool
	searchReader *db.Pool
	writer       *db.Writer
	index        *index

	ctx    context.Context // ends with Close
	cancel context.CancelFunc
	wg     sync.WaitGroup // committer, indexer, deleter, measurer

	dropped chan struct{} // holds a token when a room was dropped
	between chan func()   // which the committer calls between two transactions

	queue     queue
	heads     heads
	positions positions
	settle    atomic.Pointer[func(context.Context) error] // which reading waits for; nil: for nothing
	unhealthy atomic.Bool                                 // writing has failed, and has not been seen to work again
	health    health                                      // the committer's own
	quota     quota
}

// Open opens the store in dir, which it makes if there is none, and locks it.
// The error says what to do: another daemon has it, a newer one wrote it, or it
// is damaged.
func Open(dir string, config Config) (*Store, error) {
	if config.Log == nil {
		config.Log = slog.New(slog.DiscardHandler)
	}
	lock, err := db.LockDir(dir, private.Log(config.Log))
	if err != nil {
		return nil, err
	}
	config.Meter = cmp.Or(config.Meter, Meter(noMeter{}))
	s := &Store{dir: dir, config: config, log: config.Log, lock: lock}
	s.ctx, s.cancel = context.WithCancel(context.Background())
	s.queue.arrived = make(chan struct{}, 1)
	s.dropped, s.between = make(chan struct{}, 1), make(chan func())
	if err := s.open(); err != nil {
		_ = s.closeFiles()
		return nil, err
	}
	s.wg.Go(s.commitAll)
	s.wg.Go(s.index.run)
	s.wg.Go(func() { s.deleteAll(config.Retain) })
	s.wg.Go(s.measureAll)
	return s, nil
}

func (s *Store) open() (err error) {
	if s.writer, err = db.OpenWriter(s.dir, s.config.Shared, s.config.around); err != nil {
		return err
	}
	if s.reader, err = s.openReader(readers); err != nil {
		return err
	}
	if s.searchReader, err = s.openReader(searchers); err != nil {
		return err
	}
	s.index = s.openIndex()
	return errors.Join(s.openPositions(), s.openQuota())
}

func (s *Store) openReader(size int) (*db.Pool, error) {
	cache := fmt.Sprintf("cache_size=-%d", cmp.Or(s.config.CacheBytes, readerCache)>>10)
	pragmas := append([]string{cache, "query_only=ON"}, db.CommonPragmas...)
	return db.OpenPool(filepath.Join(s.dir, db.ChatFile), size, db.Options{Pragmas: pragmas, Around: s.config.around})
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
	for _, r := range []*db.Pool{s.reader, s.searchReader} {
		if r != nil {
			errs = append(errs, r.Close())
		}
	}
	if s.writer != nil {
		errs = append(errs, s.writer.Close())
	}
	return errors.Join(append(errs, s.lock.Close())...)
}
