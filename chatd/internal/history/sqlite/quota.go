package sqlite

import (
	"sync/atomic"
	"time"

	"linechat/chatd/internal/history"
	"linechat/chatd/internal/history/sqlite/internal/db"
)

// MaxStoreAuto is a Config.MaxStore as it was decided when the data directory was made: 10 GB,
// or half of what was free on the disk. One that an older chatd has made has no limit.
const MaxStoreAuto = -1

// measureEvery is the time between two measurements at least. What is committed meanwhile may
// take the files beyond the limit.
const measureEvery = time.Second

// A quota bounds how large the files become.
type quota struct {
	max     int64         // bytes in use; 0: there is no limit
	used    atomic.Int64  // as measured last
	changed chan struct{} // holds a token when something was committed since then
}

// openQuota finds out the limit, and how large the files are.
func (s *Store) openQuota() error {
	q := &s.quota
	q.changed = make(chan struct{}, 1)
	if q.max = s.config.MaxStore; q.max == MaxStoreAuto {
		if err := s.writer.One(db.MaxStore).Scan(&q.max); err != nil {
			return err
		}
	}
	if size := s.config.Retain.Size; q.max > 0 && size > q.max {
		s.log.Warn("guests' posts are refused before any post is deleted: --retain size is above --max-store", "retain_bytes", size, "max_store_bytes", q.max)
	}
	if q.max > 0 {
		s.measure()
	}
	return nil
}

// MaxStore returns how many bytes the files may have in use; 0: there is no limit.
func (s *Store) MaxStore() int64 { return s.quota.max }

// Admit implements history.Store.
func (s *Store) Admit(guest bool) error {
	limit, used := s.quota.max, s.quota.used.Load()
	switch {
	case limit == 0 || used <= limit:
		return nil
	case guest:
		return &history.LimitError{Limit: limit, Guest: true}
	case used-limit <= limit/10:
		return nil
	}
	return &history.LimitError{Limit: limit + limit/10}
}

// measureAll is the measurer's goroutine.
func (s *Store) measureAll() {
	for s.quota.max > 0 {
		select {
		case <-s.quota.changed:
			s.measure()
		case <-s.ctx.Done():
			return
		}
		select {
		case <-time.After(measureEvery):
		case <-s.ctx.Done():
			return
		}
	}
}

// measure measures the files, and logs when they reach the limit, and when they are below it
// again.
func (s *Store) measure() {
	q := &s.quota
	used, err := s.used(s.ctx)
	if err != nil {
		s.log.Debug("the files cannot be measured", "err", err)
		return
	}
	before := q.used.Swap(used)
	switch full := used > q.max; {
	case full == (before > q.max):
	case full:
		s.log.Error("the store is as large as --max-store allows: posts and rooms of guests are refused, and soon those of accounts", "used_bytes", used, "max_store_bytes", q.max)
	default:
		s.log.Info("the store is smaller than --max-store again: posts and rooms of guests are taken", "used_bytes", used, "max_store_bytes", q.max)
	}
}
