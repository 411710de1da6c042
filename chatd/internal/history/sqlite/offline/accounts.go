package offline

import (
	"fmt"
	"time"

	"linechat/chatd/internal/account"
	"linechat/chatd/internal/history/sqlite/internal/db"
)

const selectAccounts = "SELECT " + db.AccountColumns + " FROM account NOT INDEXED WHERE id >= ? ORDER BY id"

// accounts exports all accounts, in the order of their ids, those that were given up as
// well, for their names are kept.
func (e *exporter) accounts() error {
	w := sweep{query: selectAccounts, from: 1, to: lastKey}
	w.row = func(row db.Scanner) (int64, error) {
		a, err := db.ScanAccount(row)
		if err != nil {
			return int64(a.ID), e.damage("the account %q has changed; it is left out", a.Name.Shown)
		}
		if a.Keys, err = e.keys(a.ID); err == nil {
			a.Ignored, err = e.ignored(a.ID)
		}
		if err != nil {
			return int64(a.ID), err
		}
		return int64(a.ID), e.to.Account(&a)
	}
	w.lost = func(from, to int64, why error) error {
		return e.damage("accounts of %s are left out: %v", ids(from, to), why)
	}
	return w.run(e.snapshot)
}

// keys returns the keys of an account that can be read.
func (e *exporter) keys(id uint64) (keys []account.Key, err error) {
	err = e.Each("SELECT "+db.KeyColumns+" FROM key WHERE account = ? ORDER BY added, fingerprint", func(row *db.Row) error {
		_, k, err := db.ScanKey(row)
		if err != nil {
			return e.damage("%v; the key is left out", err)
		}
		keys = append(keys, k)
		return nil
	}, int64(id))
	if db.IsUnreadable(err) {
		err = e.damage("keys of %s are left out: %v", ids(int64(id), int64(id)), err)
	}
	return keys, err
}

// accountRows checks the accounts and what belongs to them.
func (c *checker) accountRows() error {
	known := map[uint64]bool{}
	w := sweep{query: selectAccounts, from: 1, to: c.greatest("SELECT coalesce(max(id), 0) FROM account")}
	w.row = func(row db.Scanner) (int64, error) {
		a, err := db.ScanAccount(row)
		switch {
		case err != nil:
			c.problem("account %q: its row has changed", a.Name.Shown)
		case a.Hash != "" && account.CheckHash(a.Hash) != nil:
			c.problem("account %q: its password is no hash", a.Name.Shown)
		}
		known[a.ID] = true
		c.Report.Accounts++
		return int64(a.ID), nil
	}
	w.lost = func(from, to int64, why error) error {
		c.problem("accounts of %s cannot be read: %v", ids(from, to), why)
		return nil
	}
	if err := w.run(c.snapshot); err != nil {
		return err
	}
	if err := c.keyRows(known); err != nil {
		return err
	}
	return c.ignoredRows(known)
}

// keyRows checks the keys of the accounts that are known.
func (c *checker) keyRows(known map[uint64]bool) error {
	return c.Each("SELECT "+db.KeyColumns+" FROM key ORDER BY fingerprint, account", func(row *db.Row) error {
		owner, k, err := db.ScanKey(row)
		switch {
		case err != nil:
			c.problem("%v", err)
		case !known[owner]:
			c.problem("key %s belongs to account %d, which is not there", k.Fingerprint, owner)
		}
		return nil
	})
}

// Account adds an account with all that belongs to it, and returns its new ID. account.ErrExists,
// account.ErrKeyTaken.
func (im *Importer) Account(a account.Account) (id uint64, err error) {
	err = im.writer.Transact(func(t *db.Tx) error {
		id, err = t.CreateAccount(a, time.Now())
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("account %s: %w", a.Name.Shown, err)
	}
	return id, nil
}
