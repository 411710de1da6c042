package sqlite

import (
	"context"
	"errors"
	"fmt"
	"time"

	"linechat/chatd/internal/account"
	"linechat/chatd/internal/history"
	"linechat/chatd/internal/history/sqlite/internal/db"
)

// Append implements history.Store.
func (s *Store) Append(fold string, posts []history.Post, done func(first uint64, err error)) {
	if s.config.Shared {
		done(0, errShared)
		return
	}
	s.queue.add(&request{fold: fold, posts: posts, answer: done})
}

var errShared = fmt.Errorf("%w: the log alone changes what machines share", history.ErrFailed)

// change is write, of a store that is not shared.
func (s *Store) change(change func(*db.Tx) error) error {
	if s.config.Shared {
		return errShared
	}
	return s.write(change)
}

// write asks the committer to run change in a transaction, and waits for the answer. It
// takes no context: a change that is under way may be stored.
func (s *Store) write(change func(*db.Tx) error) error {
	answer := make(chan error, 1)
	s.queue.add(&request{change: change, answer: func(_ uint64, err error) { answer <- err }})
	return <-answer
}

// commitAll is the committer's goroutine.
func (s *Store) commitAll() {
	defer s.queue.close()
	idle := time.NewTimer(idleDelay)
	defer idle.Stop()
	var batch []*request
	for {
		select {
		case <-s.queue.arrived:
			if batch = s.queue.take(batch[:0]); len(batch) > 0 {
				s.commit(batch)
			}
			clear(batch)
			s.checkpoint(s.walPages())
			idle.Reset(idleDelay)
		case <-idle.C:
			s.checkpoint(idlePages - s.writer.Behind)
			if s.writer.Behind > 0 {
				idle.Reset(idleDelay)
			}
		case f := <-s.between:
			f()
		case <-s.health.retry:
			s.recover()
		case <-s.ctx.Done():
			return
		}
	}
}

// commit writes a batch and answers it.
func (s *Store) commit(batch []*request) {
	err := s.ready()
	if err == nil {
		err = s.transact(batch)
	}
	if err != nil {
		err = s.failure(err)
	} else {
		s.heads.confirm(batch)
	}
	for _, r := range batch {
		if err != nil {
			r.err = err // a refusal may rest on something that is not stored now
		}
		r.answer(r.first, r.err)
	}
	if err == nil {
		s.index.follow(s.writer.NextID - 1)
		signal(s.quota.changed)
	}
}

// writeBatch writes what the requests ask for. The error is that of the whole batch;
// a request that is refused alone has it in err.
func writeBatch(t *db.Tx, batch []*request, heads *heads) error {
	for _, r := range batch {
		var err error
		if r.change != nil {
			if err = t.Flush(); err == nil { // change may read what came before it
				err = r.change(t)
			}
		} else {
			err = appendPosts(t, r, heads)
		}
		if r.err = refusal(err); r.err == nil && err != nil {
			return err
		}
	}
	return t.Flush()
}

// refusal returns the answer to a request whose error concerns it alone, or nil when
// the error concerns the whole batch.
func refusal(err error) error {
	switch {
	case errors.Is(err, db.ErrDamaged): // the room's row, which is read first
		return fmt.Errorf("%w: %w", history.ErrFailed, err)
	case errors.Is(err, history.ErrExists), errors.Is(err, history.ErrNoRoom), errors.Is(err, history.ErrFailed), account.Refused(err):
		return err
	}
	return nil
}

// appendPosts numbers posts and inserts them.
func appendPosts(t *db.Tx, r *request, heads *heads) error {
	head, err := heads.get(t, r.fold)
	if errors.Is(err, history.ErrNoRoom) {
		return history.ErrFailed
	}
	if err != nil {
		return err
	}
	r.first = head.seq + 1
	for i := range r.posts {
		r.posts[i].Seq = r.first + uint64(i)
	}
	return t.Insert(head.room, r.posts)
}

// failure returns what a failed transaction means to its requests, and marks the store
// unhealthy.
func (s *Store) failure(err error) error {
	if errors.Is(err, history.ErrFailed) {
		return err // refused before anything was written
	}
	s.markFailed(err)
	var commit *db.CommitError
	switch {
	case errors.As(err, &commit) && !certain(err):
		return fmt.Errorf("%w: %w", history.ErrUnknown, err)
	case db.IsFull(err):
		return fmt.Errorf("%w: %w", history.ErrFull, err)
	}
	return fmt.Errorf("%w: %w", history.ErrFailed, err)
}

// certain reports whether a COMMIT that failed so has certainly not stored
// anything: without space, or the right, to write its last frame there is no frame
// that says so (SQLite, "WAL-mode File Format", section 4).
func certain(err error) bool { return db.IsFull(err) || db.IsReadOnly(err) }

// checkpoint moves what the WAL has gathered into the file, if that is so many
// pages.
func (s *Store) checkpoint(pages int) {
	err := s.writer.Checkpoint(pages)
	if err != nil {
		s.log.Debug("the WAL stays as it is for now", "err", err)
	}
	s.noteSynced(err)
}

// Create implements history.Store.
func (s *Store) Create(_ context.Context, room history.Room) error {
	room.First, room.Head = 1, 0
	return s.change(func(t *db.Tx) error {
		_, err := t.Create(db.RoomRow{Room: room})
		return err
	})
}

// SetTopic implements history.Store.
func (s *Store) SetTopic(_ context.Context, fold, topic, nick string) error {
	return s.change(func(t *db.Tx) error { return t.SetTopic(fold, topic, nick) })
}
