package machine

import (
	"cmp"
	"slices"
	"time"

	"linechat/chatd/internal/account"
	"linechat/chatd/internal/backplane"
)

// changeAccount makes a change of an account.
func (s *State) changeAccount(item *Item) {
	v, as := &item.Verdict, &s.accounts
	switch c := item.Change.(type) {
	case *backplane.CreateAccount:
		v.Wait, v.Err = s.createAccount(&c.Account, s.quotaOfRegisters(c))
		v.Account = &c.Account
	case *backplane.SetPassword:
		v.Err = as.SetPassword(c.Fold, c.Hash)
	case *backplane.ReplaceHash:
		v.Err = as.ReplaceHash(c.Fold, c.Old, c.Hash)
	case *backplane.AddKey:
		v.Err = as.AddKey(c.Fold, c.Key)
	case *backplane.ProveKey:
		v.Err = as.ProveKey(c.Fold, c.Fingerprint)
	case *backplane.RemoveKey:
		v.Err = as.RemoveKey(c.Fold, c.Fingerprint)
	case *backplane.Ignore:
		v.Err = as.Ignore(c.Fold, c.Nick)
	case *backplane.Unignore:
		v.Err = as.Unignore(c.Fold, c.Nick)
	case *backplane.Release:
		v.Err = as.Release(c.Fold, c.At)
	}
}

// createAccount makes an account. A name is not free while sessions of an account that was
// given up long ago still hold it. With backplane.ErrTooSoon it returns how long to wait.
func (s *State) createAccount(a *account.Account, of quota) (time.Duration, error) {
	if s.nicks.ofAccount(a.Name) {
		return 0, account.ErrExists
	}
	if wait := s.waitFor(of); wait > 0 {
		return wait, backplane.ErrTooSoon
	}
	err := s.accounts.Create(a, time.Unix(0, s.newest))
	if err == nil {
		s.use(of)
	}
	return 0, err
}

// loadAccounts loads all accounts of a copy.
func (s *State) loadAccounts(src Source) error {
	var all []account.Account
	err := src.Accounts(func(a account.Account) error {
		all = append(all, a)
		return nil
	})
	slices.SortFunc(all, func(a, b account.Account) int { return cmp.Compare(a.ID, b.ID) })
	for _, a := range all {
		s.accounts.Add(a)
	}
	return err
}
