package machine_test

import (
	"strings"
	"testing"
	"time"

	"linechat/chatd/internal/account"
	"linechat/chatd/internal/backplane"
	"linechat/chatd/internal/backplane/machine"
	"linechat/chatd/internal/backplane/machine/machinetest"
	"linechat/chatd/internal/history"
)

// A spoilt copy has something else than it should.
type spoilt struct {
	*machinetest.Copy
	without string                      // kinds of rows that it has not
	room    func(*history.Room) bool    // changes a room, and returns whether it is there
	account func(*account.Account) bool // the same of an account
}

func (s *spoilt) Values(each func(key, value []byte) error) error {
	return s.Copy.Values(func(key, value []byte) error {
		if strings.IndexByte(s.without, key[0]) >= 0 {
			return nil
		}
		return each(key, value)
	})
}

func (s *spoilt) Rooms(each func(history.Room) error) error {
	return s.Copy.Rooms(func(r history.Room) error {
		if s.room != nil && !s.room(&r) {
			return nil
		}
		return each(r)
	})
}

func (s *spoilt) Accounts(each func(account.Account) error) error {
	return s.Copy.Accounts(func(a account.Account) error {
		if s.account != nil && !s.account(&a) {
			return nil
		}
		return each(a)
	})
}

// Replicas have one hash after the same records, unless something else has come of one of
// them: another outcome, number, time, verdict, ID or session that is replaced.
func TestHashTellsVerdictsApart(t *testing.T) {
	create := func(s string) *backplane.CreateAccount {
		return &backplane.CreateAccount{Account: account.Account{Name: nick(s)}}
	}
	for what, test := range map[string]struct {
		spoilt spoilt
		next   backplane.Change
	}{
		"nothing else":               {spoilt{}, posts("den", 1)},
		"a room is not there":        {spoilt{room: func(*history.Room) bool { return false }}, posts("den", 1)},
		"a room has more posts":      {spoilt{room: func(r *history.Room) bool { r.Head++; return true }}, posts("den", 1)},
		"the last post was later":    {spoilt{room: func(r *history.Room) bool { r.Last = r.Last.Add(time.Hour); return true }}, posts("den", 1)},
		"an account is not there":    {spoilt{account: func(*account.Account) bool { return false }}, create("Alice")},
		"accounts have other IDs":    {spoilt{account: func(a *account.Account) bool { a.ID++; return true }}, create("bob")},
		"a session is not there":     {spoilt{without: "S"}, &backplane.Join{Session: 1, Fold: "den"}},
		"nobody is replaced":         {spoilt{without: "S"}, claim(2, "carol", "key")},
		"an epoch is not there":      {spoilt{without: "ES"}, &backplane.Heartbeat{}},
		"a ONCE key is not there":    {spoilt{without: "O"}, keyedPosts("den", "k", "hello")},
		"a ONCE key is not used":     {spoilt{without: "O"}, keyedPosts("den", "k", "other")},
		"the settings are not there": {spoilt{without: "G"}, &backplane.Settings{Chat: [16]byte{2}}},
	} {
		l := newLog(t)
		l.makeRoom("den")
		l.want(nil, keyedPosts("den", "k", "hello"))
		l.want(nil, create("alice"))
		l.want(nil, claim(1, "carol", "key"))
		test.spoilt.Copy = &l.copy
		other, err := machine.Load(&test.spoilt)
		if err != nil {
			t.Fatal(what, err)
		}
		record := (&machine.Record{Epoch: 1, N: l.n[1] + 1, Items: []backplane.Change{test.next}}).Append(nil)
		for _, replica := range []*machine.State{other, l.State} {
			if _, err := replica.Apply(l.Applied()+1, l.now, record); err != nil {
				t.Fatal(what, err)
			}
		}
		if same := l.Hash() == other.Hash(); same != (what == "nothing else") {
			t.Errorf("%s: the hashes are the same: %t", what, same)
		}
	}
}
