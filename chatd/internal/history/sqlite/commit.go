package sqlite

import (
	"context"
	"errors"
	"fmt"
	"time"

	driver "modernc.org/sqlite"

	"linechat/chatd/internal/history"
)

// Append implements history.Store.
func (s *Store) Append(fold string, posts []history.Post, done func(first uint64, err error)) {
	s.queue.add(&request{fold: fold, posts: posts, answer: done})
}

// write has change carried out by the committer, in a transaction, and waits
// for its answer. It does not heed a context: what is under way may be stored.
func (s *Store) write(change func(*tx) error) error {
	answer := make(chan error, 1)
	s.queue.add(&request{change: change, answer: func(_ uint64, err error) { answer <- err }})
	return <-answer
}

// commitAll is the committer.
func (s *Store) commitAll() {
	defer s.queue.close()
	quiet := time.NewTimer(quietFor)
	defer quiet.Stop()
	var batch []*request
	for {
		select {
		case <-s.queue.arrived:
			if batch = s.queue.take(batch[:0]); len(batch) > 0 {
				s.commit(batch)
			}
			clear(batch)
			s.writer.checkpoint(s.walPages())
			quiet.Reset(quietFor)
		case <-quiet.C:
			s.writer.checkpoint(quietPages)
		case <-s.sickness.retry:
			s.mend()
		case <-s.ctx.Done():
			return
		}
	}
}

// commit writes a batch and answers it.
func (s *Store) commit(batch []*request) {
	err := s.ready()
	if err == nil {
		err = s.writer.transact(func(t *tx) error { return t.carryOut(batch, &s.states) })
	}
	if err != nil {
		err = s.failure(err)
	} else {
		s.states.confirm(batch)
	}
	for _, r := range batch {
		if err != nil {
			r.err = err // what is refused by itself may be so for what is not stored
		}
		r.answer(r.first, r.err)
	}
	if err == nil {
		s.index.follow(s.writer.nextID - 1)
	}
}

// carryOut writes what the requests ask for. The error is that of the whole
// batch; what one of them only is refused is in its err.
func (t *tx) carryOut(batch []*request, states *states) error {
	for _, r := range batch {
		var err error
		if r.change != nil {
			if err = t.flush(); err == nil { // it may look at what came before it
				err = r.change(t)
			}
		} else {
			err = t.append(r, states)
		}
		if r.err = refusal(err); r.err == nil && err != nil {
			return err
		}
	}
	return t.flush()
}

// refusal returns what a request is answered whose error is its own alone, or
// nil when the error is that of the whole batch.
func refusal(err error) error {
	switch {
	case errors.Is(err, errDamaged): // the room's row, which is looked at first
		return fmt.Errorf("%w: %w", history.ErrFailed, err)
	case errors.Is(err, history.ErrExists), errors.Is(err, history.ErrNoRoom), errors.Is(err, history.ErrFailed):
		return err
	}
	return nil
}

// append numbers posts and inserts them.
func (t *tx) append(r *request, states *states) error {
	st, err := states.get(t, r.fold)
	if errors.Is(err, history.ErrNoRoom) {
		return history.ErrFailed
	}
	if err != nil {
		return err
	}
	r.first = st.head + 1
	for i := range r.posts {
		r.posts[i].Seq = r.first + uint64(i)
	}
	return t.insert(st.id, r.posts)
}

// failure says what a failed transaction means, and has the committer see to
// the disk before it writes again.
func (s *Store) failure(err error) error {
	var commit *commitError
	switch {
	case errors.Is(err, history.ErrFailed):
		return err // refused before anything was written
	case errors.As(err, &commit) && !certain(err):
		s.fallSick(err)
		return fmt.Errorf("%w: %w", history.ErrUnknown, err)
	case code(err) == sqliteFull:
		s.fallSick(err)
		return fmt.Errorf("%w: %w", history.ErrFull, err)
	}
	s.fallSick(err)
	return fmt.Errorf("%w: %w", history.ErrFailed, err)
}

// certain reports whether a COMMIT that failed so has certainly not stored
// anything: without space, or the right, to write its last frame there is no frame
// that says so (SQLite, "WAL-mode File Format", section 4).
func certain(err error) bool {
	c := code(err)
	return c == sqliteFull || c == sqliteReadOnly
}

// code returns SQLite's primary result code, or 0.
func code(err error) int {
	var e *driver.Error
	if !errors.As(err, &e) {
		return 0
	}
	return e.Code() & 0xff
}

// Create implements history.Store.
func (s *Store) Create(_ context.Context, room history.Room) error {
	room.First, room.Head = 1, 0
	return s.write(func(t *tx) error { return t.create(room) })
}

// SetTopic implements history.Store.
func (s *Store) SetTopic(_ context.Context, fold, topic, nick string) error {
	return s.write(func(t *tx) error {
		r, err := t.room(fold)
		if err != nil {
			return err
		}
		r.Topic, r.TopicBy = topic, nick
		return t.update(&r)
	})
}
