package sqlite

import (
	"context"
	"time"

	"linechat/chatd/internal/account"
	"linechat/chatd/internal/history/sqlite/internal/db"
	"linechat/chatd/proto"
)

var _ account.Store = (*Store)(nil)

// Account implements account.Store.
func (s *Store) Account(ctx context.Context, fold string) (a account.Account, err error) {
	err = s.read(ctx, func(c *db.Conn) (err error) { a, err = c.Account(fold); return err })
	return a, err
}

// AccountOfKey implements account.Store.
func (s *Store) AccountOfKey(ctx context.Context, fingerprint string) (a account.Account, err error) {
	err = s.read(ctx, func(c *db.Conn) (err error) { a, err = c.AccountOfKey(fingerprint); return err })
	return a, err
}

// Accounts implements account.Store.
func (s *Store) Accounts(ctx context.Context, prefix, after string, limit int) (list []account.Account, all int, err error) {
	err = s.read(ctx, func(c *db.Conn) (err error) { list, all, err = c.Accounts(prefix, after, limit); return err })
	return list, all, err
}

// Names implements account.Store.
func (s *Store) Names(ctx context.Context, each func(name proto.Name, until time.Time)) error {
	return s.read(ctx, func(c *db.Conn) error {
		return c.Each("SELECT "+db.AccountColumns+" FROM account", func(row *db.Row) error {
			a, err := db.ScanAccount(row)
			if err == nil && !a.Free(time.Now()) {
				each(a.Name, a.Until())
			}
			return err
		})
	})
}

// CreateAccount implements account.Store.
func (s *Store) CreateAccount(_ context.Context, a account.Account) (account.Account, error) {
	err := s.change(func(t *db.Tx) (err error) { a.ID, err = t.CreateAccount(a, time.Now()); return err })
	return a, err
}

// An accountChange changes an account in force.
type accountChange func(t *db.Tx, a *account.Account) error

// in changes the account of that fold.
func (change accountChange) in(t *db.Tx, fold string) error {
	a, err := t.Account(fold)
	if err != nil {
		return err
	}
	return change(t, &a)
}

func (s *Store) updateAccount(fold string, change accountChange) error {
	return s.change(func(t *db.Tx) error { return change.in(t, fold) })
}

// SetPassword implements account.Store.
func (s *Store) SetPassword(_ context.Context, fold, hash string) error {
	return s.updateAccount(fold, setPassword(hash))
}

func setPassword(hash string) accountChange {
	return func(t *db.Tx, a *account.Account) error {
		a.Hash = hash
		return t.UpdateAccount(a)
	}
}

// ReplaceHash implements account.Store.
func (s *Store) ReplaceHash(_ context.Context, fold, old, hash string) error {
	return s.updateAccount(fold, replaceHash(old, hash))
}

func replaceHash(old, hash string) accountChange {
	return func(t *db.Tx, a *account.Account) error {
		if a.Hash != old {
			return nil
		}
		a.Hash = hash
		return t.UpdateAccount(a)
	}
}

// AddKey implements account.Store.
func (s *Store) AddKey(_ context.Context, fold string, k account.Key) error {
	return s.updateAccount(fold, addKey(k))
}

func addKey(k account.Key) accountChange {
	return func(t *db.Tx, a *account.Account) error { return t.AddKey(a, &k) }
}

// ProveKey implements account.Store.
func (s *Store) ProveKey(_ context.Context, fold, fingerprint string) error {
	return s.updateAccount(fold, proveKey(fingerprint))
}

func proveKey(fingerprint string) accountChange {
	return func(t *db.Tx, a *account.Account) error { return t.ProveKey(a, fingerprint) }
}

// RemoveKey implements account.Store.
func (s *Store) RemoveKey(_ context.Context, fold, fingerprint string) error {
	return s.updateAccount(fold, removeKey(fingerprint))
}

func removeKey(fingerprint string) accountChange {
	return func(t *db.Tx, a *account.Account) error {
		switch {
		case a.Key(fingerprint) == nil:
			return account.ErrNoKey
		case a.Hash == "" && len(a.Keys) == 1:
			return account.ErrLastProof
		}
		return t.RemoveKeys(a.ID, fingerprint)
	}
}

// Ignore implements account.Store.
func (s *Store) Ignore(_ context.Context, fold string, nick proto.Name) error {
	return s.updateAccount(fold, ignore(nick))
}

func ignore(nick proto.Name) accountChange {
	return func(t *db.Tx, a *account.Account) error {
		if err := a.MayIgnore(nick); err != nil {
			return err
		}
		return t.Ignore(a.ID, &nick)
	}
}

// Unignore implements account.Store.
func (s *Store) Unignore(_ context.Context, fold, nick string) error {
	return s.updateAccount(fold, unignore(nick))
}

func unignore(nick string) accountChange {
	return func(t *db.Tx, a *account.Account) error { return t.Unignore(a.ID, nick) }
}

// ReleaseAccount implements account.Store.
func (s *Store) ReleaseAccount(_ context.Context, fold string, at time.Time) error {
	return s.updateAccount(fold, release(at))
}

func release(at time.Time) accountChange {
	return func(t *db.Tx, a *account.Account) error {
		a.Hash, a.Released = "", at
		if err := t.UpdateAccount(a); err != nil {
			return err
		}
		if err := t.RemoveKeys(a.ID, ""); err != nil {
			return err
		}
		return t.Unignore(a.ID, "")
	}
}
