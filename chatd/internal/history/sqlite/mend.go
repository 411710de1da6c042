package sqlite

import (
	"context"
	"fmt"
	"time"

	"golang.org/x/sys/unix"

	"linechat/chatd/internal/history"
)

// How long the committer waits before it tries again to write, at first and at
// most.
const (
	mendPause     = 100 * time.Millisecond
	mendPauseMost = time.Second
)

// A sickness is what the committer knows of a store that cannot be written.
type sickness struct {
	retry <-chan time.Time // nil: the store is well
	pause time.Duration
	full  bool  // for want of space
	low   bool  // the disk has less than MinFree
	spare int64 // bytes that it has more than MinFree
}

// fallSick has writing refused until it has been seen to work again. It
// reports only what is new.
func (s *Store) fallSick(err error) {
	if !s.sick.Swap(true) {
		s.log.Error("the store cannot be written; nothing new is taken until it can", "err", err)
	}
	s.sickness.full = code(err) == sqliteFull
	s.sickness.pause = mendPause
	s.sickness.retry = time.After(mendPause)
}

// mend tries to write again, through a new connection: a sync that failed once
// is not asked for again on the same descriptor, for the kernel may call pages
// clean that it has dropped. What is tried replaces in the WAL whatever the
// transaction that failed may have left there, so that then it is certain that
// nothing of it is stored.
func (s *Store) mend() {
	if err := s.reopen(); err != nil {
		s.log.Debug("the store cannot be written yet", "err", err)
		s.sickness.pause = min(2*s.sickness.pause, mendPauseMost)
		s.sickness.retry = time.After(s.sickness.pause)
		return
	}
	s.sickness.retry = nil
	s.sick.Store(false)
	s.states.forget()
	s.log.Info("the store can be written again")
}

func (s *Store) reopen() error {
	ctx := context.Background()
	w, err := newWriter(ctx, s.writer.path)
	if err != nil {
		return err
	}
	if err = w.exec(ctx, checkpoint); err == nil {
		err = w.transact(func(t *tx) error {
			return t.exec(ctx, "INSERT OR REPLACE INTO meta VALUES ('mended', ?)", time.Now().UnixNano())
		})
	}
	if err == nil {
		err = w.prepare(ctx)
	}
	if err != nil {
		_ = w.close()
		return err
	}
	_ = s.writer.close()
	s.writer = w
	return nil
}

// ready refuses a transaction while the store is sick, or the disk nearly full.
// history.ErrFailed, history.ErrFull.
func (s *Store) ready() error {
	switch {
	case s.sick.Load() && s.sickness.full:
		return history.ErrFull
	case s.sick.Load():
		return fmt.Errorf("%w: it cannot be written", history.ErrFailed)
	}
	free, wanted := s.space()
	s.sickness.spare = free - wanted
	if low := free < wanted; low != s.sickness.low {
		s.sickness.low = low
		if low {
			s.log.Error("the disk is nearly full; nothing new is taken until there is space", "free", free, "min-free", wanted)
		} else {
			s.log.Info("there is space again", "free", free)
		}
	}
	if s.sickness.low {
		return fmt.Errorf("%w: %d bytes are free, %d are to stay so", history.ErrFull, free, wanted)
	}
	return nil
}

// MinFreeAuto is a Config.MinFree that leaves free the smaller of 64 MB and 5 %
// of the disk.
const MinFreeAuto = -1

// space returns how many bytes the disk has free, and how many are to stay so.
// Where it does not say, writing will.
func (s *Store) space() (free, wanted int64) {
	var fs unix.Statfs_t
	if err := unix.Statfs(s.dir, &fs); err != nil {
		return 0, 0
	}
	wanted = s.config.MinFree
	if wanted == MinFreeAuto {
		wanted = min(64<<20, int64(fs.Blocks)*fs.Bsize/20)
	}
	return int64(fs.Bavail) * fs.Bsize, wanted
}

// full reports whether the disk has less space than is to stay free.
func (s *Store) full() bool {
	free, wanted := s.space()
	return free < wanted
}
