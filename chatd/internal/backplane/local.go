package backplane

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"fmt"

	"linechat/chatd/internal/account"
	"linechat/chatd/internal/history"
)

// NewLocal returns the log of a chat on one machine: the stores of its rooms and accounts do
// what it is told, and nobody else. Submit waits for them with all but Posts.
func NewLocal(rooms history.Store, accounts account.Store) Log {
	l := &local{rooms: rooms, accounts: accounts}
	_, _ = rand.Read(l.key[:]) // never fails
	return l
}

type local struct {
	rooms    history.Store
	accounts account.Store
	key      [sha256.Size]byte
}

// Submit implements Log.
func (l *local) Submit(c Change, done func(Verdict)) {
	if posts, ok := c.(*Posts); ok {
		l.append(posts, done)
		return
	}
	var v Verdict
	v.Account, v.Err = l.make(c)
	done(v)
}

// append has the store keep posts.
func (l *local) append(c *Posts, done func(Verdict)) {
	l.rooms.Append(c.Fold, c.Posts, func(first uint64, err error) {
		for i := range c.Posts {
			c.Posts[i].Seq = first + uint64(i)
		}
		done(Verdict{Err: err})
	})
}

// make has the store make a change, and waits. The account is that of CreateAccount.
func (l *local) make(c Change) (a *account.Account, err error) {
	ctx := context.Background() // a change that may be made has a verdict
	switch c := c.(type) {
	case *Create:
		err = l.rooms.Create(ctx, c.Room)
	case *SetTopic:
		err = l.rooms.SetTopic(ctx, c.Fold, c.Topic, c.Nick)
	case *Drop:
		err = l.rooms.DropRoom(ctx, c.Fold)
	case *DropUnused:
		err = l.rooms.DropUnused(ctx, c.Fold, c.Before)
	case *CreateAccount:
		var made account.Account
		made, err = l.accounts.CreateAccount(ctx, c.Account)
		a = &made
	default:
		err = l.changeAccount(ctx, c)
	}
	return a, err
}

func (l *local) changeAccount(ctx context.Context, c Change) error {
	switch c := c.(type) {
	case *SetPassword:
		return l.accounts.SetPassword(ctx, c.Fold, c.Hash)
	case *ReplaceHash:
		return l.accounts.ReplaceHash(ctx, c.Fold, c.Old, c.Hash)
	case *AddKey:
		return l.accounts.AddKey(ctx, c.Fold, c.Key)
	case *ProveKey:
		return l.accounts.ProveKey(ctx, c.Fold, c.Fingerprint)
	case *RemoveKey:
		return l.accounts.RemoveKey(ctx, c.Fold, c.Fingerprint)
	case *Ignore:
		return l.accounts.Ignore(ctx, c.Fold, c.Nick)
	case *Unignore:
		return l.accounts.Unignore(ctx, c.Fold, c.Nick)
	case *Release:
		return l.accounts.ReleaseAccount(ctx, c.Fold, c.At)
	}
	return fmt.Errorf("%w: a log of one machine takes no %T", history.ErrFailed, c)
}

// Start implements Log. There is nothing to deliver.
func (l *local) Start(Deliverer) error { return nil }

// Shared implements Log.
func (l *local) Shared() bool { return false }

// OriginKey implements Log.
func (l *local) OriginKey() [sha256.Size]byte { return l.key }

// Health implements Log.
func (l *local) Health() Health { return Health{} }

// Ask implements Log.
func (l *local) Ask(context.Context, uint64, Question) (Answer, error) {
	return Answer{}, ErrNoMachine
}

// Close implements Log.
func (l *local) Close() error { return nil }
