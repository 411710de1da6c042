package sqlite

import (
	"context"
	"sync"
)

// A state is what the committer knows of a room: head is the last number that
// is confirmed.
type state struct {
	id   int64
	head uint64
}

// states are those of the rooms that were posted to. The committer alone
// changes them.
type states struct {
	mu sync.Mutex
	of map[string]state // by fold
}

// get returns the state of a room, from the file the first time.
// history.ErrNoRoom.
func (s *states) get(t *tx, fold string) (state, error) {
	if st, ok := s.known(fold); ok {
		return st, nil
	}
	r, err := t.room(fold)
	if err != nil {
		return state{}, err
	}
	st := state{id: r.id}
	err = t.row(context.Background(), "SELECT coalesce(max(seq), ?) FROM post WHERE room = ?", signed(r.First-1), r.id).Scan(&st.head)
	if err == nil {
		s.set(fold, st)
	}
	return st, err
}

func (s *states) known(fold string) (state, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	st, ok := s.of[fold]
	return st, ok
}

func (s *states) set(fold string, st state) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.of == nil {
		s.of = map[string]state{}
	}
	s.of[fold] = st
}

// confirm notes the numbers of a batch that was committed.
func (s *states) confirm(batch []*request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, r := range batch {
		if r.err == nil && len(r.posts) > 0 {
			st := s.of[r.fold]
			st.head = r.first + uint64(len(r.posts)) - 1
			s.of[r.fold] = st
		}
	}
}

// forget has every state read from the file again.
func (s *states) forget() {
	s.mu.Lock()
	defer s.mu.Unlock()
	clear(s.of)
}
