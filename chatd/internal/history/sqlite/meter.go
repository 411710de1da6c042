package sqlite

import (
	"time"

	"linechat/chatd/internal/history/sqlite/internal/db"
)

// A Meter is told what the committer does. Its methods must not wait.
type Meter interface {
	// CommitDone: a transaction with so many posts, and perhaps other changes, has taken that
	// time, and failed if err says so.
	CommitDone(posts int, took time.Duration, err error)
}

type noMeter struct{}

func (noMeter) CommitDone(int, time.Duration, error) {}

// transact writes a batch in one transaction.
func (s *Store) transact(batch []*request) error {
	posts := 0
	for _, r := range batch {
		posts += len(r.posts) + r.count
	}
	began := time.Now()
	err := s.writer.Transact(func(t *db.Tx) error { return writeBatch(t, batch, &s.heads) })
	s.config.Meter.CommitDone(posts, time.Since(began), err)
	return err
}
