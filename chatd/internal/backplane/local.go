package backplane

import (
	"context"
	"fmt"

	"linechat/chatd/internal/account"
	"linechat/chatd/internal/history"
)

// A Store keeps all that a chat keeps.
type Store interface {
	history.Store
	account.Store
}

// NewLocal returns the log of a chat on one machine: what it is told to do the store does,
// and nobody else. Submit waits for the store with all but Posts.
func NewLocal(store Store) Log { return &local{store} }

type local struct{ store Store }

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
	l.store.Append(c.Fold, c.Posts, func(first uint64, err error) {
		for i := range c.Posts {
			c.Posts[i].Seq = first + uint64(i)
		}
		done(Verdict{Err: err})
	})
}

// make has the store make a change, and waits. The account is that of CreateAccount.
func (l *local) make(c Change) (a account.Account, err error) {
	ctx := context.Background() // a change that may be made has a verdict
	switch c := c.(type) {
	case *Create:
		err = l.store.Create(ctx, c.Room)
	case *SetTopic:
		err = l.store.SetTopic(ctx, c.Fold, c.Topic, c.Nick)
	case *Drop:
		err = l.store.DropRoom(ctx, c.Fold)
	case *DropUnused:
		err = l.store.DropUnused(ctx, c.Fold, c.Before)
	case *CreateAccount:
		a, err = l.store.CreateAccount(ctx, c.Account)
	default:
		err = l.changeAccount(ctx, c)
	}
	return a, err
}

func (l *local) changeAccount(ctx context.Context, c Change) error {
	switch c := c.(type) {
	case *SetPassword:
		return l.store.SetPassword(ctx, c.Fold, c.Hash)
	case *ReplaceHash:
		return l.store.ReplaceHash(ctx, c.Fold, c.Old, c.Hash)
	case *AddKey:
		return l.store.AddKey(ctx, c.Fold, c.Key)
	case *ProveKey:
		return l.store.ProveKey(ctx, c.Fold, c.Fingerprint)
	case *RemoveKey:
		return l.store.RemoveKey(ctx, c.Fold, c.Fingerprint)
	case *Ignore:
		return l.store.Ignore(ctx, c.Fold, c.Nick)
	case *Unignore:
		return l.store.Unignore(ctx, c.Fold, c.Nick)
	case *Release:
		return l.store.ReleaseAccount(ctx, c.Fold, c.At)
	}
	return fmt.Errorf("%w: a log of one machine takes no %T", history.ErrFailed, c)
}

// Start implements Log. There is nothing to deliver.
func (l *local) Start(Deliverer) error { return nil }

// Shared implements Log.
func (l *local) Shared() bool { return false }

// Health implements Log.
func (l *local) Health() Health { return Health{} }

// Ask implements Log.
func (l *local) Ask(context.Context, uint64, Question) (Answer, error) {
	return Answer{}, ErrNoMachine
}

// Close implements Log.
func (l *local) Close() error { return nil }
