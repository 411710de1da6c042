package backplane

import (
	"context"
	"time"

	"linechat/chatd/internal/account"
	"linechat/chatd/proto"
)

// Accounts returns the accounts of a store as one that changes them through the log.
func Accounts(store account.Reader, log Log) account.Store { return &accounts{store, log} }

type accounts struct {
	account.Reader
	log Log
}

// CreateAccount implements account.Store.
func (as *accounts) CreateAccount(_ context.Context, a account.Account) (account.Account, error) {
	c := &CreateAccount{Account: a, Origin: a.Origin}
	c.Account.Origin = 0
	v := Do(as.log, c)
	if v.Err != nil {
		return account.Account{}, v.TooSoon()
	}
	return *v.Account, nil
}

// SetPassword implements account.Store.
func (as *accounts) SetPassword(_ context.Context, fold, hash string) error {
	return Do(as.log, &SetPassword{fold, hash}).Err
}

// ReplaceHash implements account.Store.
func (as *accounts) ReplaceHash(_ context.Context, fold, old, hash string) error {
	return Do(as.log, &ReplaceHash{fold, old, hash}).Err
}

// AddKey implements account.Store.
func (as *accounts) AddKey(_ context.Context, fold string, k account.Key) error {
	return Do(as.log, &AddKey{fold, k}).Err
}

// ProveKey implements account.Store.
func (as *accounts) ProveKey(_ context.Context, fold, fingerprint string) error {
	return Do(as.log, &ProveKey{fold, fingerprint}).Err
}

// RemoveKey implements account.Store.
func (as *accounts) RemoveKey(_ context.Context, fold, fingerprint string) error {
	return Do(as.log, &RemoveKey{fold, fingerprint}).Err
}

// Ignore implements account.Store.
func (as *accounts) Ignore(_ context.Context, fold string, nick proto.Name) error {
	return Do(as.log, &Ignore{fold, nick}).Err
}

// Unignore implements account.Store.
func (as *accounts) Unignore(_ context.Context, fold, nick string) error {
	return Do(as.log, &Unignore{fold, nick}).Err
}

// ReleaseAccount implements account.Store.
func (as *accounts) ReleaseAccount(_ context.Context, fold string, at time.Time) error {
	return Do(as.log, &Release{fold, at}).Err
}
