package account

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"sync"
	"time"

	"linechat/chatd/proto"
)

// A Memory keeps accounts in memory, for as long as the process runs. The zero value is
// ready.
type Memory struct {
	mu    sync.Mutex
	table Table
}

var _ Store = (*Memory)(nil)

// clone returns what a caller may keep.
func (a *Account) clone() Account {
	c := *a
	c.Keys, c.Ignored = slices.Clone(a.Keys), slices.Clone(a.Ignored)
	return c
}

// Account implements Store.
func (m *Memory) Account(_ context.Context, fold string) (Account, error) {
	return m.read(func(t *Table) (*Account, error) { return t.Account(fold) })
}

// AccountOfKey implements Store.
func (m *Memory) AccountOfKey(_ context.Context, fingerprint string) (Account, error) {
	return m.read(func(t *Table) (*Account, error) { return t.OfKey(fingerprint) })
}

// read returns a copy of the account that find returns.
func (m *Memory) read(find func(*Table) (*Account, error)) (Account, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	a, err := find(&m.table)
	if err != nil {
		return Account{}, err
	}
	return a.clone(), nil
}

// Accounts implements Store.
func (m *Memory) Accounts(_ context.Context, prefix, after string, limit int) (list []Account, all int, err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, a := range m.table.All() {
		if !a.Released.IsZero() || !strings.HasPrefix(a.Name.Fold, prefix) {
			continue
		}
		if all++; a.Name.Fold > after {
			list = append(list, a.clone())
		}
	}
	slices.SortFunc(list, func(a, b Account) int { return cmp.Compare(a.Name.Fold, b.Name.Fold) })
	return list[:min(limit, len(list))], all, nil
}

// Names implements Store.
func (m *Memory) Names(_ context.Context, each func(name proto.Name, until time.Time)) error {
	m.mu.Lock()
	names := make([]Account, len(m.table.All()))
	for i, a := range m.table.All() {
		names[i] = *a
	}
	m.mu.Unlock()
	for i := range names {
		if !names[i].Free(time.Now()) {
			each(names[i].Name, names[i].Until())
		}
	}
	return nil
}

// change has the table changed.
func (m *Memory) change(change func(*Table) error) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	return change(&m.table)
}

// CreateAccount implements Store.
func (m *Memory) CreateAccount(_ context.Context, a Account) (Account, error) {
	err := m.change(func(t *Table) error { return t.Create(&a, time.Now()) })
	return a, err
}

// SetPassword implements Store.
func (m *Memory) SetPassword(_ context.Context, fold, hash string) error {
	return m.change(func(t *Table) error { return t.SetPassword(fold, hash) })
}

// ReplaceHash implements Store.
func (m *Memory) ReplaceHash(_ context.Context, fold, old, hash string) error {
	return m.change(func(t *Table) error { return t.ReplaceHash(fold, old, hash) })
}

// AddKey implements Store.
func (m *Memory) AddKey(_ context.Context, fold string, k Key) error {
	return m.change(func(t *Table) error { return t.AddKey(fold, k) })
}

// ProveKey implements Store.
func (m *Memory) ProveKey(_ context.Context, fold, fingerprint string) error {
	return m.change(func(t *Table) error { return t.ProveKey(fold, fingerprint) })
}

// RemoveKey implements Store.
func (m *Memory) RemoveKey(_ context.Context, fold, fingerprint string) error {
	return m.change(func(t *Table) error { return t.RemoveKey(fold, fingerprint) })
}

// Ignore implements Store.
func (m *Memory) Ignore(_ context.Context, fold string, nick proto.Name) error {
	return m.change(func(t *Table) error { return t.Ignore(fold, nick) })
}

// Unignore implements Store.
func (m *Memory) Unignore(_ context.Context, fold, nick string) error {
	return m.change(func(t *Table) error { return t.Unignore(fold, nick) })
}

// ReleaseAccount implements Store.
func (m *Memory) ReleaseAccount(_ context.Context, fold string, at time.Time) error {
	return m.change(func(t *Table) error { return t.Release(fold, at) })
}
