package sqlite

import (
	"fmt"
	"time"

	"linechat/chatd/internal/history"
	"linechat/chatd/internal/history/sqlite/internal/db"
)

// How long the committer waits before it tries again to write, at first and at
// most.
const (
	minRetryPause = 100 * time.Millisecond
	maxRetryPause = time.Second
)

// A health is what the committer knows of how well the store can be written.
type health struct {
	retry <-chan time.Time // nil: it can be
	pause time.Duration
	full  bool  // it cannot, for want of space
	low   bool  // the disk has less than MinFree
	spare int64 // bytes that it has more than MinFree
}

// markFailed has writing refused until it has been seen to work again. It reports
// only what is new.
func (s *Store) markFailed(err error) {
	if !s.unhealthy.Swap(true) {
		s.log.Error("the store cannot be written; nothing new is taken until it can", "err", err)
	}
	s.health.full = db.IsFull(err)
	s.health.pause = minRetryPause
	s.health.retry = time.After(minRetryPause)
}

// recover tries to write again.
func (s *Store) recover() {
	if err := s.reopen(); err != nil {
		s.log.Debug("the store cannot be written yet", "err", err)
		s.health.pause = min(2*s.health.pause, maxRetryPause)
		s.health.retry = time.After(s.health.pause)
		return
	}
	s.health.retry = nil
	s.unhealthy.Store(false)
	s.heads.forget()
	s.log.Info("the store can be written again")
}

// reopen writes through a new connection: a sync that failed once is not asked for
// again on the same descriptor, for the kernel may call pages clean that it has
// dropped. What it writes replaces in the WAL whatever the transaction that failed
// may have left there, so that then it is certain that nothing of it is stored.
func (s *Store) reopen() error {
	w, err := db.OpenWriter(s.dir, s.config.Shared, s.config.around)
	if err != nil {
		return err
	}
	if err = w.Checkpoint(0); err == nil {
		err = w.Transact(func(t *db.Tx) error {
			return t.Exec("INSERT OR REPLACE INTO meta VALUES ('mended', ?)", time.Now().UnixNano())
		})
	}
	if err != nil {
		_ = w.Close()
		return err
	}
	_ = s.writer.Close()
	s.writer = w
	return nil
}

// ready refuses a transaction while the store is unhealthy, or the disk nearly
// full. history.ErrFailed, history.ErrFull.
func (s *Store) ready() error {
	switch {
	case s.unhealthy.Load() && s.health.full:
		return history.ErrFull
	case s.unhealthy.Load():
		return fmt.Errorf("%w: it cannot be written", history.ErrFailed)
	}
	free, wanted := s.space()
	s.health.spare = free - wanted
	if low := free < wanted; low != s.health.low {
		s.health.low = low
		if low {
			s.log.Error("the disk is nearly full; nothing new is taken until there is space", "free_bytes", free, "min_free_bytes", wanted)
		} else {
			s.log.Info("there is space again", "free_bytes", free)
		}
	}
	if s.health.low && !s.config.Shared { // where Copy.Ready refuses it
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
	free, total, err := db.DiskSpace(s.dir)
	switch {
	case err != nil:
		return 0, 0
	case s.config.MinFree == MinFreeAuto:
		return free, db.MinFreeAuto(total)
	}
	return free, s.config.MinFree
}

// full reports whether the disk has less space than is to stay free.
func (s *Store) full() bool {
	free, wanted := s.space()
	return free < wanted
}

// How many pages the WAL may gather before they are moved into the file: while
// posts come in, and when none has come for a while.
const (
	checkpointPages = 4096
	idlePages       = 64
	idleDelay       = 200 * time.Millisecond
)

// walPages is how many pages the WAL may gather now. What it has gathered needs
// its space a second time while it is moved: on a small disk it may gather less.
func (s *Store) walPages() int {
	return int(max(idlePages, min(checkpointPages, s.health.spare/db.PageSize/4)))
}
