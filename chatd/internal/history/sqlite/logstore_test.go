package sqlite_test

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"sync"
	"testing"
	"time"

	"linechat/chatd/internal/account"
	"linechat/chatd/internal/account/accounttest"
	"linechat/chatd/internal/backplane"
	"linechat/chatd/internal/backplane/machine"
	"linechat/chatd/internal/history"
	"linechat/chatd/internal/history/sqlite"
	"linechat/chatd/internal/history/storetest"
)

// TestSharedStore has the changes of a store come from a log: what is read then is what any
// store would have.
func TestSharedStore(t *testing.T) {
	t.Parallel()
	storetest.Run(t, func(t *testing.T) history.Store { return newLogStore(t) })
}

func TestSharedAccounts(t *testing.T) {
	t.Parallel()
	accounttest.Run(t, func(t *testing.T) account.Store {
		s := newLogStore(t)
		return backplane.Accounts(s.Store, s)
	})
}

// A logStore is a shared store, and the log that changes it.
type logStore struct {
	*sqlite.Store
	backplane.Log // which has no other method than Submit

	mu    sync.Mutex
	state *machine.State
}

func newLogStore(t *testing.T) *logStore {
	t.Helper()
	s := &logStore{Store: open(t, t.TempDir(), sqlite.Config{Shared: true}), state: machine.New()}
	for _, c := range []backplane.Change{&backplane.Heartbeat{}, &backplane.Settings{Chat: [16]byte{1}, Limits: backplane.Limits{MaxRooms: 1000}}} {
		if v := backplane.Do(s, c); v.Err != nil {
			t.Fatal(v.Err)
		}
	}
	return s
}

// Submit implements backplane.Log.
func (s *logStore) Submit(c backplane.Change, done func(backplane.Verdict)) {
	item, err := s.record(c)
	item.Verdict.Err = cmp.Or(err, item.Verdict.Err)
	done(item.Verdict)
}

// record applies a change as the next record of the log.
func (s *logStore) record(c backplane.Change) (machine.Item, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	next := s.state.Applied() + 1
	r := machine.Record{Epoch: 1, N: next, Items: []backplane.Change{c}}
	res, err := s.state.Apply(next, time.Now(), r.Append(nil))
	if err == nil {
		err = s.Copy().Apply([]machine.Result{res})
	}
	if err != nil || len(res.Items) == 0 {
		return machine.Item{}, errors.Join(err, errors.New("it is not applied"))
	}
	return res.Items[0], nil
}

// Append implements history.Store. An import has the posts keep their times.
func (s *logStore) Append(fold string, posts []history.Post, done func(first uint64, err error)) {
	c := &backplane.Import{Posts: slices.Clone(posts)}
	c.Room.Name.Fold = fold
	item, err := s.record(c)
	if err == nil && item.Verdict.Err != nil {
		err = history.ErrFailed
	}
	if err != nil {
		done(0, err)
		return
	}
	done(item.Stored[0].Seq, nil)
}

// Create implements history.Store.
func (s *logStore) Create(_ context.Context, room history.Room) error {
	return backplane.Do(s, &backplane.Create{Room: room}).Err
}

// SetTopic implements history.Store.
func (s *logStore) SetTopic(_ context.Context, fold, topic, nick string) error {
	return backplane.Do(s, &backplane.SetTopic{Fold: fold, Topic: topic, Nick: nick}).Err
}

// DropRoom implements history.Store.
func (s *logStore) DropRoom(_ context.Context, fold string) error {
	return backplane.Do(s, &backplane.Drop{Fold: fold}).Err
}

// DropUnused implements history.Store.
func (s *logStore) DropUnused(_ context.Context, fold string, before time.Time) error {
	return backplane.Do(s, &backplane.DropUnused{Fold: fold, Before: before}).Err
}

// Close implements history.Store.
func (s *logStore) Close() error { return s.Store.Close() }
