package machine_test

import (
	"testing"

	"linechat/chatd/internal/account"
	"linechat/chatd/internal/backplane"
	"linechat/chatd/internal/backplane/machine/machinetest"
)

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
