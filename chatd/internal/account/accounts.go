package account

import (
	"cmp"
	"context"
	"errors"
	"time"
)

// Accounts is the accounts of a server: its Store, and what may be asked of it in which
// time. Make it with New. Its methods may be called from any goroutine, and may block.
// An origin is where a password comes from: an address, or another name of a peer.
type Accounts struct {
	Store
	hasher *hasher
	guard  guard
	nobody string // a hash that no password has: an unknown name costs as much as a wrong password
}

// New returns the Accounts of a store.
func New(store Store) *Accounts {
	return &Accounts{Store: store, hasher: newHasher(), nobody: nobodys()}
}

// Measure has hashed called with the time that each hash of a password has taken. It is to
// be called before any other method.
func (as *Accounts) Measure(hashed func(time.Duration)) { as.hasher.hashed = hashed }

// Login returns the account of that fold if the password is its own. ErrBadLogin, ErrBusy,
// a *WaitError, and the Store's.
func (as *Accounts) Login(ctx context.Context, origin, fold, password string) (Account, error) {
	end, err := as.guard.try(origin, fold)
	if err != nil {
		return Account{}, err
	}
	var a Account
	var outdated bool
	var failed error
	err = as.hasher.run(ctx, origin, as.guard.wrongTries(origin), func() { a, outdated, failed = as.check(ctx, fold, password) })
	err = cmp.Or(err, failed)
	end(!errors.Is(err, ErrBadLogin)) // with another error it was not tried
	if err != nil {
		return Account{}, err
	}
	if outdated {
		as.rehash(ctx, origin, &a, password)
	}
	return a, nil
}

// rehash stores the password of an account at today's cost. The login counts without it,
// too: the next one tries again.
func (as *Accounts) rehash(ctx context.Context, origin string, a *Account, password string) {
	if h, err := as.hash(ctx, origin, password); err == nil && as.ReplaceHash(ctx, a.Name.Fold, a.Hash, h) == nil {
		a.Hash = h
	}
}

// check returns the account of that fold if the password is its own, and whether its hash is
// outdated. It is called in a turn of the hasher, so that a login that is refused one costs
// the store nothing; and whatever is wrong, it takes one hash. ErrBadLogin, and the Store's.
func (as *Accounts) check(ctx context.Context, fold, password string) (a Account, outdated bool, err error) {
	a, err = as.Account(ctx, fold)
	if err != nil && !errors.Is(err, ErrNoAccount) {
		return a, false, err
	}
	hash := a.Hash
	p, invalid := prepare(password)
	if hash == "" || invalid != nil {
		hash = as.nobody
	}
	ok, outdated := verify(hash, p)
	if !ok || invalid != nil {
		return a, false, ErrBadLogin
	}
	return a, outdated, nil
}

// Register stores a new account with a name and the nicks that it ignores, with a password, or
// with "" with none, and with a key that its holder has proved, if it is not zero. ErrExists,
// ErrKeyTaken, ErrBusy, a *PasswordError, and the Store's.
func (as *Accounts) Register(ctx context.Context, origin string, a Account, password string, key Key) (Account, error) {
	now := time.Now().Round(0)
	a.Made = now
	if key.Fingerprint != "" {
		key.Added, key.Proved = now, true
		a.Keys = []Key{key}
	}
	if password != "" {
		var err error
		if a.Hash, err = as.hash(ctx, origin, password); err != nil {
			return Account{}, err
		}
	}
	return as.CreateAccount(ctx, a)
}

// ChangePassword stores a new password. ErrNoAccount, ErrBusy, a *PasswordError, and the
// Store's.
func (as *Accounts) ChangePassword(ctx context.Context, origin, fold, password string) error {
	h, err := as.hash(ctx, origin, password)
	if err != nil {
		return err
	}
	return as.SetPassword(ctx, fold, h)
}

// hash returns the hash of a new password.
func (as *Accounts) hash(ctx context.Context, origin, password string) (h string, err error) {
	p, err := prepare(password)
	if err != nil {
		return "", err
	}
	err = as.hasher.run(ctx, origin, as.guard.wrongTries(origin), func() { h = hash(p, today) })
	return h, err
}

// TryKey is called before the key of a nick is compared, as Login does for passwords. It
// returns a *WaitError after too many wrong ones, or ErrBusy; else the caller calls end, with
// whether the key was right.
func (as *Accounts) TryKey(origin, fold string) (end func(right bool), err error) {
	return as.guard.try(origin, fold)
}
