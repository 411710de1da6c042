package db

import (
	"errors"
	"fmt"
	"time"

	"linechat/chatd/internal/account"
)

// The columns of accounts and keys, in the order in which rows are scanned.
const (
	AccountColumns = "account.id, fold, look, shown, hash, made, released, account.sum"
	KeyColumns     = "fingerprint, key.account, kind, comment, added, proved, key.sum"
)

// ScanAccount reads the row of an account, which has no keys and ignores nobody. account.ErrNoAccount,
// ErrDamaged.
func ScanAccount(row Scanner) (a account.Account, err error) {
	var made, released, sum int64
	err = row.Scan(&a.ID, &a.Name.Fold, &a.Name.Skeleton, &a.Name.Shown, &a.Hash, &made, &released, &sum)
	if errors.Is(err, ErrNoRow) {
		return a, account.ErrNoAccount
	}
	a.Made, a.Released = FromNanos(made), FromNanos(released)
	if err == nil && new(Checksum).account(&a) != sum {
		err = fmt.Errorf("%w: the row of account %d has changed", ErrDamaged, a.ID)
	}
	return a, err
}

// ScanKey reads the row of a key and the id of its account. ErrDamaged.
func ScanKey(row Scanner) (owner uint64, k account.Key, err error) {
	var added, proved, sum int64
	err = row.Scan(&k.Fingerprint, &owner, &k.Kind, &k.Comment, &added, &proved, &sum)
	k.Added, k.Proved = FromNanos(added), proved == flag(true)
	if err == nil && new(Checksum).key(owner, &k) != sum {
		err = fmt.Errorf("%w: the row of key %s has changed", ErrDamaged, k.Fingerprint)
	}
	return owner, k, err
}

func (s *Checksum) account(a *account.Account) int64 {
	s.number(int64(a.ID))
	for _, t := range []string{a.Name.Fold, a.Name.Skeleton, a.Name.Shown, a.Hash} {
		s.text(t)
	}
	s.number(Nanos(a.Made))
	s.number(Nanos(a.Released))
	return s.sum()
}

func (s *Checksum) key(owner uint64, k *account.Key) int64 {
	s.number(int64(owner))
	for _, t := range []string{k.Fingerprint, k.Kind, k.Comment} {
		s.text(t)
	}
	s.number(Nanos(k.Added))
	s.number(flag(k.Proved))
	return s.sum()
}

// flag is how a column says yes or no.
func flag(yes bool) int64 {
	if yes {
		return 1
	}
	return 0
}

// inForce selects accounts that were not given up.
const inForce = "released = 0"

// Account returns the account in force of that fold, with all that belongs to it. account.ErrNoAccount,
// ErrDamaged.
func (c *Conn) Account(fold string) (account.Account, error) {
	return c.whole(ScanAccount(c.One("SELECT "+AccountColumns+" FROM account WHERE fold = ? AND "+inForce, fold)))
}

// AccountOfKey returns the account that has proved the key, with all that belongs to it. account.ErrNoAccount,
// ErrDamaged.
func (c *Conn) AccountOfKey(fingerprint string) (account.Account, error) {
	return c.whole(ScanAccount(c.One("SELECT "+AccountColumns+" FROM account JOIN key ON key.account = account.id WHERE fingerprint = ? AND proved = 1 AND "+inForce, fingerprint)))
}

// whole returns an account with the keys that it has and the nicks that it ignores.
func (c *Conn) whole(a account.Account, err error) (account.Account, error) {
	if err != nil {
		return a, err
	}
	err = c.Each("SELECT "+KeyColumns+" FROM key WHERE account = ? ORDER BY added, fingerprint", func(row *Row) error {
		_, k, err := ScanKey(row)
		a.Keys = append(a.Keys, k)
		return err
	}, int64(a.ID))
	if err == nil {
		a.Ignored, err = c.Ignored(a.ID)
	}
	return a, err
}

// Accounts returns accounts in force as account.Store does.
func (c *Conn) Accounts(prefix, after string, limit int) (list []account.Account, all int, err error) {
	const inPrefix = " FROM account WHERE " + inForce + " AND fold >= ? AND fold < ? || char(0x10ffff) "
	if err := c.One("SELECT count(*)"+inPrefix, prefix, prefix).Scan(&all); err != nil {
		return nil, 0, err
	}
	err = c.Each("SELECT "+AccountColumns+inPrefix+"AND fold > ? ORDER BY fold LIMIT ?", func(row *Row) error {
		a, err := ScanAccount(row)
		list = append(list, a)
		return err
	}, prefix, prefix, after, limit)
	for i := range list {
		if err == nil {
			list[i], err = c.whole(list[i], nil)
		}
	}
	return list, all, err
}

// AllAccounts calls each with all accounts, in the order of their ids, those that were given up
// as well. ErrDamaged.
func (c *Conn) AllAccounts(each func(account.Account) error) error {
	return c.Each("SELECT "+AccountColumns+" FROM account ORDER BY id", func(row *Row) error {
		a, err := c.whole(ScanAccount(row))
		if err != nil {
			return err
		}
		return each(a)
	})
}

// CreateAccount inserts an account with all that belongs to it, and returns its id, which is
// larger than all before. account.ErrExists, account.ErrKeyTaken.
func (t *Tx) CreateAccount(a account.Account, now time.Time) (id uint64, err error) {
	var kept int
	if err := t.One("SELECT count(*) FROM account WHERE (fold = ? OR look = ?) AND (released = 0 OR released > ?)",
		a.Name.Fold, a.Name.Skeleton, now.Add(-account.Keep).UnixNano()).Scan(&kept); err != nil {
		return 0, err
	}
	if kept > 0 {
		return 0, account.ErrExists
	}
	for i := range a.Keys {
		if err := t.checkFree(&a.Keys[i], 0); err != nil {
			return 0, err
		}
	}
	if err := t.One("SELECT coalesce(max(id), 0) + 1 FROM account").Scan(&a.ID); err != nil {
		return 0, err
	}
	return a.ID, t.InsertAccount(&a)
}

// InsertAccount inserts an account that has its id, with all that belongs to it, in place of
// those of the name that were given up.
func (t *Tx) InsertAccount(a *account.Account) error {
	if err := t.Exec("DELETE FROM account WHERE (fold = ? OR look = ?) AND NOT "+inForce, a.Name.Fold, a.Name.Skeleton); err != nil {
		return err
	}
	if err := t.Exec("INSERT INTO account (id, fold, look, shown, hash, made, released, sum) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
		int64(a.ID), a.Name.Fold, a.Name.Skeleton, a.Name.Shown, a.Hash, Nanos(a.Made), Nanos(a.Released), t.sums.account(a)); err != nil {
		return err
	}
	for i := range a.Keys {
		if err := t.insertKey(a.ID, &a.Keys[i]); err != nil {
			return err
		}
	}
	for i := range a.Ignored {
		if err := t.Ignore(a.ID, &a.Ignored[i]); err != nil {
			return err
		}
	}
	return nil
}

// checkFree returns account.ErrKeyTaken if k is proved, and another account than owner has
// proved it.
func (t *Tx) checkFree(k *account.Key, owner uint64) error {
	if !k.Proved {
		return nil
	}
	var others int
	err := t.One("SELECT count(*) FROM key WHERE fingerprint = ? AND proved = 1 AND account <> ?", k.Fingerprint, int64(owner)).Scan(&others)
	if err == nil && others > 0 {
		return account.ErrKeyTaken
	}
	return err
}

func (t *Tx) insertKey(owner uint64, k *account.Key) error {
	return t.Exec("INSERT INTO key (account, fingerprint, kind, comment, added, proved, sum) VALUES (?, ?, ?, ?, ?, ?, ?)",
		int64(owner), k.Fingerprint, k.Kind, k.Comment, Nanos(k.Added), flag(k.Proved), t.sums.key(owner, k))
}

// UpdateAccount stores the hash and the release of an account.
func (t *Tx) UpdateAccount(a *account.Account) error {
	return t.Exec("UPDATE account SET hash = ?, released = ?, sum = ? WHERE id = ?", a.Hash, Nanos(a.Released), t.sums.account(a), int64(a.ID))
}

// AddKey inserts a key of an account; one that it has stays as it is, but for being proved.
// account.ErrKeyTaken.
func (t *Tx) AddKey(a *account.Account, k *account.Key) error {
	if a.Key(k.Fingerprint) != nil {
		if !k.Proved {
			return nil
		}
		return t.ProveKey(a, k.Fingerprint)
	}
	if err := t.checkFree(k, a.ID); err != nil {
		return err
	}
	return t.insertKey(a.ID, k)
}

// ProveKey marks a key of an account as proved. account.ErrNoKey, account.ErrKeyTaken.
func (t *Tx) ProveKey(a *account.Account, fingerprint string) error {
	k := a.Key(fingerprint)
	if k == nil {
		return account.ErrNoKey
	}
	k.Proved = true
	if err := t.checkFree(k, a.ID); err != nil {
		return err
	}
	return t.Exec("UPDATE key SET proved = 1, sum = ? WHERE account = ? AND fingerprint = ?", t.sums.key(a.ID, k), int64(a.ID), fingerprint)
}

// RemoveKeys deletes keys of an account: the one of that fingerprint, or with "" all.
func (t *Tx) RemoveKeys(owner uint64, fingerprint string) error {
	return t.Exec("DELETE FROM key WHERE account = ? AND ? IN ('', fingerprint)", int64(owner), fingerprint)
}
