// Package account has the accounts: registered nicks, with the passwords and keys that
// prove them. A Store keeps them; Accounts checks passwords, slows down who guesses them,
// and bounds what hashing costs.
package account

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"linechat/chatd/proto"
)

// Keep is for how long the name of an account that was given up is refused to others.
const Keep = 90 * 24 * time.Hour

// MaxIgnored is how many nicks an account, or a guest, ignores at most.
const MaxIgnored = 100

// Errors of a Store. Others are those of its files (package history), for which the caller
// asks errors.Is.
var (
	// ErrNoAccount: no account of that name, or with that key, is in force.
	ErrNoAccount = errors.New("account: no such account")
	// ErrExists: the name, or one that looks like it, belongs to an account.
	ErrExists = errors.New("account: the name is registered")
	// ErrKeyTaken: another account has proved the key.
	ErrKeyTaken = errors.New("account: the key belongs to an account")
	// ErrNoKey: the account has no such key.
	ErrNoKey = errors.New("account: no such key")
	// ErrLastProof: without this key nothing would prove the account.
	ErrLastProof = errors.New("account: no password and no other key")
	// ErrTooManyIgnored: the account ignores MaxIgnored nicks.
	ErrTooManyIgnored = errors.New("account: too many nicks are ignored")
)

// Refused reports whether an error of a Store refuses one change, and is no failure of its
// files.
func Refused(err error) bool {
	return slices.ContainsFunc([]error{ErrNoAccount, ErrExists, ErrKeyTaken, ErrNoKey, ErrLastProof, ErrTooManyIgnored},
		func(refusal error) bool { return errors.Is(err, refusal) })
}

// Errors of Accounts.
var (
	// ErrBadLogin: there is no such account, or the password is wrong.
	ErrBadLogin = errors.New("account: bad login")
	// ErrBusy: too many passwords wait to be hashed.
	ErrBusy = errors.New("account: too many logins at once")
)

// A PasswordError says why a new password is refused. It does not hold the password.
type PasswordError struct{ Reason string }

func (e *PasswordError) Error() string { return "account: bad password: " + e.Reason }

// A WaitError says for how long no further password is tried, because of wrong ones.
type WaitError struct{ Wait time.Duration }

func (e *WaitError) Error() string { return fmt.Sprintf("account: wait %v", e.Wait) }

// An Account is a registered nick.
type Account struct {
	ID       uint64 // given by the Store, and never used again; 0: none
	Name     proto.Name
	Hash     string // of the password (see Hash); "": there is none
	Made     time.Time
	Released time.Time    // when it was given up; zero: it is in force. Hash, Keys and Ignored are gone then
	Keys     []Key        // in the order in which they were added
	Ignored  []proto.Name // nicks, sorted by their folds

	Origin uint64 // of one that is to be made: whom it counts for, as a number; 0: nobody
}

// Until returns until when the name of an account that was given up is kept from others;
// zero: it is in force.
func (a *Account) Until() time.Time {
	if a.Released.IsZero() {
		return time.Time{}
	}
	return a.Released.Add(Keep)
}

// Free reports whether the name may be registered again: the account was given up longer
// ago than Keep.
func (a *Account) Free(now time.Time) bool {
	until := a.Until()
	return !until.IsZero() && now.After(until)
}

// Key returns the account's key of that fingerprint, or nil.
func (a *Account) Key(fingerprint string) *Key {
	i := slices.IndexFunc(a.Keys, func(k Key) bool { return k.Fingerprint == fingerprint })
	if i < 0 {
		return nil
	}
	return &a.Keys[i]
}

// MayIgnore returns ErrTooManyIgnored if the account may not ignore that nick beside those that
// it does.
func (a *Account) MayIgnore(nick proto.Name) error {
	there := slices.ContainsFunc(a.Ignored, func(n proto.Name) bool { return n.Fold == nick.Fold })
	if len(a.Ignored) >= MaxIgnored && !there {
		return ErrTooManyIgnored
	}
	return nil
}

// A Key is a public key whose holder may log in. One account at most has proved it; others
// may have it, too, and it counts only for whoever names such an account.
type Key struct {
	Fingerprint string // SHA256: and base64, as ssh-keygen -l prints it; of TLS that of the SubjectPublicKeyInfo
	Kind        string // "ssh" or "tls"
	Comment     string
	Added       time.Time
	Proved      bool // a session of the account has shown that it holds the key
}

// A Reader reads accounts. An account is identified by the fold of its name. Any goroutine
// may call any method, and every method may block. Callers must not change what a method
// returns.
type Reader interface {
	// Account returns an account in force. ErrNoAccount.
	Account(ctx context.Context, fold string) (Account, error)
	// AccountOfKey returns the account in force that has proved the key. ErrNoAccount.
	AccountOfKey(ctx context.Context, fingerprint string) (Account, error)
	// Accounts returns at most limit accounts in force whose fold begins with prefix and
	// sorts after the given one, sorted by fold, and how many begin with prefix.
	Accounts(ctx context.Context, prefix, after string, limit int) (list []Account, all int, err error)
	// Names calls each with every name that is refused to others: with a zero time for an
	// account in force, else with the time until which its name is kept.
	Names(ctx context.Context, each func(name proto.Name, until time.Time)) error
}

// A Store keeps accounts. Any goroutine may call any method, and every method may block.
type Store interface {
	Reader
	// CreateAccount stores an account, and returns it with its ID. A name that was given up
	// longer ago than Keep is free. ErrExists, ErrKeyTaken.
	CreateAccount(ctx context.Context, a Account) (Account, error)
	// SetPassword stores the hash of a new password. ErrNoAccount.
	SetPassword(ctx context.Context, fold, hash string) error
	// ReplaceHash stores another hash of the same password in place of old. If the password
	// was changed meanwhile it does nothing. ErrNoAccount.
	ReplaceHash(ctx context.Context, fold, old, hash string) error
	// AddKey adds a key; one that the account has already stays as it is, but for being
	// proved. ErrNoAccount, ErrKeyTaken.
	AddKey(ctx context.Context, fold string, k Key) error
	// ProveKey marks a key of the account as proved. ErrNoAccount, ErrNoKey, ErrKeyTaken.
	ProveKey(ctx context.Context, fold, fingerprint string) error
	// RemoveKey removes a key. ErrNoAccount, ErrNoKey, ErrLastProof.
	RemoveKey(ctx context.Context, fold, fingerprint string) error
	// Ignore adds a nick to those that the account ignores; one that is there stays as it is
	// written. ErrNoAccount, ErrTooManyIgnored.
	Ignore(ctx context.Context, fold string, nick proto.Name) error
	// Unignore removes a nick from them, if it is there. ErrNoAccount.
	Unignore(ctx context.Context, fold, nick string) error
	// ReleaseAccount gives an account up, with its password, its keys and the nicks that it
	// ignores. ErrNoAccount.
	ReleaseAccount(ctx context.Context, fold string, at time.Time) error
}
