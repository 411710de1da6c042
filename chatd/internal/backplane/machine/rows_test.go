package machine_test

import (
	"slices"
	"testing"

	"linechat/chatd/internal/account"
	"linechat/chatd/internal/backplane"
	"linechat/chatd/internal/backplane/machine"
	"linechat/chatd/internal/backplane/machine/machinetest"
	"linechat/chatd/internal/history"
)

// A changed is a copy of which one row is changed.
type changed struct {
	*machinetest.Copy
	kind   byte
	change func(key, value []byte) (newKey, newValue []byte)
}

func (c changed) Values(each func(key, value []byte) error) error {
	done := false
	return c.Copy.Values(func(key, value []byte) error {
		if key[0] == c.kind && !done {
			done = true
			key, value = c.change(slices.Clone(key), slices.Clone(value))
		}
		return each(key, value)
	})
}

// Load refuses rows that Apply has not put, rather than guess.
func TestLoadRefusesChangedRows(t *testing.T) {
	l := newLog(t)
	den := l.makeRoom("den")
	l.want(nil, claim(1, "alice", ""))
	l.want(nil, &backplane.Join{Session: 1, Fold: den})
	l.want(nil, keyedPosts(den, "k", "hello"))
	cut := func(key, value []byte) ([]byte, []byte) { return key, value[:max(0, len(value)-1)] }
	longer := func(key, value []byte) ([]byte, []byte) { return key, append(value, 0) }
	otherKey := func(key, value []byte) ([]byte, []byte) { return append(key, 'x'), value }
	noEpoch := func(key, value []byte) ([]byte, []byte) { key[1]++; return key, value }
	unknown := func(key, value []byte) ([]byte, []byte) { key[0] = '?'; return key, value }
	for kind, changes := range map[byte][]func(key, value []byte) ([]byte, []byte){
		'P': {cut, longer, otherKey, unknown},
		'G': {cut, longer, otherKey, unknown},
		'E': {cut, longer, otherKey, noEpoch, unknown},
		'S': {cut, longer, otherKey, noEpoch, unknown},
		'M': {longer, otherKey, noEpoch, unknown},
		'O': {cut, longer, otherKey, unknown},
	} {
		for i, change := range changes {
			if _, err := machine.Load(changed{&l.copy, kind, change}); err == nil {
				t.Errorf("rows of kind %c: change %d is not noticed", kind, i)
			}
		}
	}
	if _, err := machine.Load(&l.copy); err != nil {
		t.Error(err)
	}
}

// A failing source fails at one of its three.
type failing struct {
	machinetest.Copy
	values, rooms, accounts error
}

func (f *failing) Values(func(key, value []byte) error) error { return f.values }
func (f *failing) Rooms(func(history.Room) error) error       { return f.rooms }
func (f *failing) Accounts(func(account.Account) error) error { return f.accounts }

func TestLoadReportsFailures(t *testing.T) {
	for _, src := range []*failing{{values: history.ErrUnread}, {rooms: history.ErrUnread}, {accounts: history.ErrUnread}} {
		if _, err := machine.Load(src); err != history.ErrUnread {
			t.Errorf("got %v", err)
		}
	}
}
