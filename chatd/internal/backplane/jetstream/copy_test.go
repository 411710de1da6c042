package jetstream_test

import (
	"context"
	"errors"
	"maps"
	"slices"
	"sync"

	"linechat/chatd/internal/account"
	"linechat/chatd/internal/backplane"
	"linechat/chatd/internal/backplane/logtest"
	"linechat/chatd/internal/backplane/machine"
	"linechat/chatd/internal/history"
)

// A memoryCopy keeps what a log says in memory.
type memoryCopy struct {
	rooms    *history.Memory
	accounts *account.Memory
	local    backplane.Log // of both

	mu      sync.Mutex
	applied uint64
	values  map[string][]byte
	fail    func(*machine.Result) error // what Apply returns if it is not nil
	settle  func(context.Context) error
}

func newMemoryCopy() *memoryCopy {
	c := &memoryCopy{rooms: history.NewMemory(64 << 20), accounts: &account.Memory{}, values: map[string][]byte{}, settle: func(context.Context) error { return nil }}
	c.local = backplane.NewLocal(c.rooms, c.accounts)
	return c
}

// setFail has Apply fail from now on; nil: no more.
func (c *memoryCopy) setFail(fail func(*machine.Result) error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.fail = fail
}

// Apply implements jetstream.Copy.
func (c *memoryCopy) Apply(results []machine.Result) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	for i := range results {
		res := &results[i]
		if c.fail != nil {
			if err := c.fail(res); err != nil {
				return err
			}
		}
		if res.Seq > c.applied+1 {
			return machine.ErrDisagrees
		}
		if res.Seq <= c.applied {
			continue
		}
		for i := range res.Items {
			if err := logtest.Keep(c.local, &res.Items[i]); err != nil {
				return err
			}
		}
		for _, kv := range res.Puts {
			if c.values[string(kv.Key)] = kv.Value; kv.Value == nil {
				delete(c.values, string(kv.Key))
			}
		}
		c.applied = res.Seq
	}
	return nil
}

// Ready implements jetstream.Copy.
func (c *memoryCopy) Ready() error { return nil }

// ReadAfter implements jetstream.Copy.
func (c *memoryCopy) ReadAfter(settle func(context.Context) error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.settle = settle
}

// settled waits until the copy has what was told.
func (c *memoryCopy) settled(ctx context.Context) error {
	c.mu.Lock()
	settle := c.settle
	c.mu.Unlock()
	return settle(ctx)
}

// A settledRooms reads the rooms of a copy after what was told.
type settledRooms struct {
	*history.Memory
	copy *memoryCopy
}

func (r settledRooms) Page(ctx context.Context, fold string, from, to uint64, limit int) (history.Page, error) {
	if err := r.copy.settled(ctx); err != nil {
		return history.Page{}, err
	}
	return r.Memory.Page(ctx, fold, from, to, limit)
}

func (r settledRooms) Room(ctx context.Context, fold string) (history.Room, error) {
	if err := r.copy.settled(ctx); err != nil {
		return history.Room{}, err
	}
	return r.Memory.Room(ctx, fold)
}

// A settledAccounts reads the accounts of a copy after what was told.
type settledAccounts struct {
	*account.Memory
	copy *memoryCopy
}

func (r settledAccounts) Account(ctx context.Context, fold string) (account.Account, error) {
	if err := r.copy.settled(ctx); err != nil {
		return account.Account{}, err
	}
	return r.Memory.Account(ctx, fold)
}

func (r settledAccounts) AccountOfKey(ctx context.Context, fingerprint string) (account.Account, error) {
	if err := r.copy.settled(ctx); err != nil {
		return account.Account{}, err
	}
	return r.Memory.AccountOfKey(ctx, fingerprint)
}

// Values implements machine.Source.
func (c *memoryCopy) Values(each func(key, value []byte) error) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, key := range slices.Sorted(maps.Keys(c.values)) {
		if err := each([]byte(key), c.values[key]); err != nil {
			return err
		}
	}
	return nil
}

// Rooms implements machine.Source.
func (c *memoryCopy) Rooms(each func(history.Room) error) error {
	rooms, _, err := c.rooms.Rooms(context.Background(), "", "", 1<<30)
	for _, r := range rooms {
		err = errors.Join(err, each(r))
	}
	return err
}

// Accounts implements machine.Source. Those that were given up are missing.
func (c *memoryCopy) Accounts(each func(account.Account) error) error {
	accounts, _, err := c.accounts.Accounts(context.Background(), "", "", 1<<30)
	for _, a := range accounts {
		err = errors.Join(err, each(a))
	}
	return err
}

// Synced implements jetstream.Copy.
func (c *memoryCopy) Synced() uint64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.applied
}
