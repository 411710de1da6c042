package account

import (
	"context"

	"linechat/chatd/proto"
)

// Accounts is the accounts of a server: its Store, and what may be asked of it in which
// time. Make it with New. Its methods may be called from any goroutine, and may block.
type Accounts struct {
	Store
}

// New returns the Accounts of a store.
func New(store Store) *Accounts { return &Accounts{Store: store} }

// Login returns the account of that fold if the password is right. Origin is the address
// that the password comes from. ErrBadLogin, ErrBusy, a *WaitError, and the Store's.
func (as *Accounts) Login(ctx context.Context, origin, fold, password string) (Account, error) {
	return Account{}, ErrBadLogin
}

// Register stores a new account with a password, or with "" with none, and with a key if it
// is not zero. ErrExists, ErrKeyTaken, ErrBusy, a *PasswordError, and the Store's.
func (as *Accounts) Register(ctx context.Context, origin string, name proto.Name, password string, key Key) (Account, error) {
	return Account{}, ErrBusy
}

// ChangePassword stores a new password. ErrNoAccount, ErrBusy, a *PasswordError, and the
// Store's.
func (as *Accounts) ChangePassword(ctx context.Context, origin, fold, password string) error {
	return ErrBusy
}

// TryKey is called before the key of a nick is compared, as Login does for passwords. It
// returns a *WaitError after too many wrong ones; else the try counts as wrong unless the
// caller calls right.
func (as *Accounts) TryKey(origin, fold string) (right func(), err error) {
	return func() {}, nil
}
