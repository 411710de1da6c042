package machine_test

import (
	"sync"
	"testing"
	"time"

	"linechat/chatd/internal/account"
	"linechat/chatd/internal/account/accounttest"
	"linechat/chatd/internal/backplane"
	"linechat/chatd/internal/backplane/machine/machinetest"
)

// A storeLog is a log whose store is one of accounts in memory.
type storeLog struct {
	backplane.Log
	*log
	store backplane.Log
	mu    sync.Mutex
}

// Submit implements backplane.Log. What is not refused the store makes, too.
func (l *storeLog) Submit(c backplane.Change, done func(backplane.Verdict)) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.now = time.Now()
	item := l.do(c)
	if item.Verdict.Err == nil {
		l.store.Submit(item.Change, func(backplane.Verdict) {})
	}
	done(item.Verdict)
}

// Where the function decides about accounts they are what they are in any store.
func TestAccounts(t *testing.T) {
	accounttest.Run(t, func(t *testing.T) account.Store {
		accounts := new(account.Memory)
		return backplane.Accounts(accounts, &storeLog{log: newLog(t), store: backplane.NewLocal(nil, accounts)})
	})
}

// A name that was given up is kept by the time of the log, which no outage stops.
func TestGivenUpNameIsKept(t *testing.T) {
	l := newLog(t)
	create := &backplane.CreateAccount{Account: account.Account{Name: nick("alice"), Hash: "hash"}}
	l.want(nil, create)
	l.want(nil, &backplane.Release{Fold: "alice", At: l.now})
	l.now = l.now.Add(account.Keep)
	l.want(account.ErrExists, create)
	l.want(backplane.ErrNickRegistered, claim(1, "alice", ""))
	l.now = l.now.Add(1)
	l.want(nil, claim(1, "alice", ""))
	l.want(nil, create)
	l.now = machinetest.Start // which gives nobody a name back
	l.want(account.ErrExists, create)
}

// The next account of a name waits until the sessions of the one before it are gone.
func TestHeldNameIsNotFree(t *testing.T) {
	l := newLog(t)
	create := &backplane.CreateAccount{Account: account.Account{Name: nick("alice"), Hash: "hash"}}
	made := l.want(nil, create).Verdict.Account
	l.want(nil, &backplane.Login{Session: 1, Account: made.ID, Proof: backplane.HashProof("hash")})
	l.want(nil, &backplane.Release{Fold: "alice", At: l.now.Add(-2 * account.Keep)})
	l.want(account.ErrExists, create)
	l.want(nil, &backplane.End{Session: 1})
	if again := l.want(nil, create).Verdict.Account; again.ID <= made.ID {
		t.Errorf("account %d follows %d", again.ID, made.ID)
	}
}
