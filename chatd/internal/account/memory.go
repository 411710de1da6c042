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
	mu     sync.Mutex
	all    []*Account // in force or given up, in the order of their IDs
	lastID uint64
}

var _ Store = (*Memory)(nil)

// find returns the account in force for which match returns true. Its caller holds mu.
func (m *Memory) find(match func(*Account) bool) (*Account, error) {
	for _, a := range m.all {
		if a.Released.IsZero() && match(a) {
			return a, nil
		}
	}
	return nil, ErrNoAccount
}

func (m *Memory) ofFold(fold string) (*Account, error) {
	return m.find(func(a *Account) bool { return a.Name.Fold == fold })
}

func (m *Memory) ofKey(fingerprint string) (*Account, error) {
	return m.find(func(a *Account) bool { k := a.Key(fingerprint); return k != nil && k.Proved })
}

// checkFree returns ErrKeyTaken if k is proved, and another account than a has proved it.
func (m *Memory) checkFree(k *Key, a *Account) error {
	if owner, err := m.ofKey(k.Fingerprint); k.Proved && err == nil && owner != a {
		return ErrKeyTaken
	}
	return nil
}

// clone returns what a caller may keep.
func (a *Account) clone() Account {
	c := *a
	c.Keys, c.Ignored = slices.Clone(a.Keys), slices.Clone(a.Ignored)
	return c
}

// Account implements Store.
func (m *Memory) Account(_ context.Context, fold string) (Account, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	a, err := m.ofFold(fold)
	if err != nil {
		return Account{}, err
	}
	return a.clone(), nil
}

// AccountOfKey implements Store.
func (m *Memory) AccountOfKey(_ context.Context, fingerprint string) (Account, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	a, err := m.ofKey(fingerprint)
	if err != nil {
		return Account{}, err
	}
	return a.clone(), nil
}

// Accounts implements Store.
func (m *Memory) Accounts(_ context.Context, prefix, after string, limit int) (list []Account, all int, err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, a := range m.all {
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
	all := slices.Clone(m.all)
	names := make([]Account, len(all))
	for i, a := range all {
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

// CreateAccount implements Store.
func (m *Memory) CreateAccount(_ context.Context, a Account) (Account, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, other := range m.all {
		if !other.Free(time.Now()) && (other.Name.Fold == a.Name.Fold || other.Name.Skeleton == a.Name.Skeleton) {
			return Account{}, ErrExists
		}
	}
	for i := range a.Keys {
		if err := m.checkFree(&a.Keys[i], nil); err != nil {
			return Account{}, err
		}
	}
	m.all = slices.DeleteFunc(m.all, func(other *Account) bool { // given up for longer than it is kept
		return other.Name.Fold == a.Name.Fold || other.Name.Skeleton == a.Name.Skeleton
	})
	m.lastID++
	a.ID = m.lastID
	stored := a.clone()
	m.all = append(m.all, &stored)
	return a, nil
}

// update calls change with the account in force of that fold.
func (m *Memory) update(fold string, change func(*Account) error) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	a, err := m.ofFold(fold)
	if err != nil {
		return err
	}
	return change(a)
}

// SetPassword implements Store.
func (m *Memory) SetPassword(_ context.Context, fold, hash string) error {
	return m.update(fold, func(a *Account) error { a.Hash = hash; return nil })
}

// ReplaceHash implements Store.
func (m *Memory) ReplaceHash(_ context.Context, fold, old, hash string) error {
	return m.update(fold, func(a *Account) error {
		if a.Hash == old {
			a.Hash = hash
		}
		return nil
	})
}

// AddKey implements Store.
func (m *Memory) AddKey(_ context.Context, fold string, k Key) error {
	return m.update(fold, func(a *Account) error {
		if err := m.checkFree(&k, a); err != nil {
			return err
		}
		if had := a.Key(k.Fingerprint); had == nil {
			a.Keys = append(a.Keys, k)
		} else if k.Proved {
			had.Proved = true
		}
		return nil
	})
}

// ProveKey implements Store.
func (m *Memory) ProveKey(_ context.Context, fold, fingerprint string) error {
	return m.update(fold, func(a *Account) error {
		k := a.Key(fingerprint)
		if k == nil {
			return ErrNoKey
		}
		if err := m.checkFree(&Key{Fingerprint: fingerprint, Proved: true}, a); err != nil {
			return err
		}
		k.Proved = true
		return nil
	})
}

// RemoveKey implements Store.
func (m *Memory) RemoveKey(_ context.Context, fold, fingerprint string) error {
	return m.update(fold, func(a *Account) error {
		i := slices.IndexFunc(a.Keys, func(k Key) bool { return k.Fingerprint == fingerprint })
		switch {
		case i < 0:
			return ErrNoKey
		case a.Hash == "" && len(a.Keys) == 1:
			return ErrLastProof
		}
		a.Keys = slices.Delete(a.Keys, i, i+1)
		return nil
	})
}

// Ignore implements Store.
func (m *Memory) Ignore(_ context.Context, fold string, nick proto.Name) error {
	return m.update(fold, func(a *Account) error {
		if err := a.MayIgnore(nick); err != nil {
			return err
		}
		i, there := slices.BinarySearchFunc(a.Ignored, nick.Fold, byFold)
		if !there {
			a.Ignored = slices.Insert(a.Ignored, i, nick)
		}
		return nil
	})
}

// Unignore implements Store.
func (m *Memory) Unignore(_ context.Context, fold, nick string) error {
	return m.update(fold, func(a *Account) error {
		a.Ignored = slices.DeleteFunc(a.Ignored, func(n proto.Name) bool { return n.Fold == nick })
		return nil
	})
}

func byFold(n proto.Name, fold string) int { return cmp.Compare(n.Fold, fold) }

// ReleaseAccount implements Store.
func (m *Memory) ReleaseAccount(_ context.Context, fold string, at time.Time) error {
	return m.update(fold, func(a *Account) error {
		a.Hash, a.Keys, a.Ignored, a.Released = "", nil, nil, at
		return nil
	})
}
