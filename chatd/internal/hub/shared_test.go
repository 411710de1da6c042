package hub

import (
	"slices"
	"testing"
)

// joinAs joins a room as a session of an account, or as a guest.
func joinAs(t *testing.T, r *Room, session uint64, nick Nick) *Member {
	t.Helper()
	m := NewMember(r, session, nick, noWake)
	m.Join(nil)
	return m
}

func TestNickOfSeveralSessionsComesAndGoesOnce(t *testing.T) {
	h, _ := newHub(t, usual, ample)
	r := open(t, h, "go")
	bob := join(t, r, 1, "bob", 0)
	alice := Nick{"alice", true}
	first, second := joinAs(t, r, 2, alice), joinAs(t, r, 3, alice)
	if nicks := r.Who(); r.Members() != 2 || r.Connections() != 3 || !slices.Equal(nicks, []Nick{alice, {Shown: "bob"}}) {
		t.Errorf("%d members and %d connections: %v", r.Members(), r.Connections(), nicks)
	}
	if !r.Has("alice") || r.Has("carol") {
		t.Error("alice is there, and carol is not")
	}
	first.Leave(nil, "quit")
	second.Leave(nil, "lost")
	wantLines(t, read(t, bob, ReadOptions{Session: 1}), "JOINED go alice\nLEFT go alice lost\n")
	if r.Members() != 1 || len(r.accounts) != 0 {
		t.Errorf("%d members, and of accounts %v", r.Members(), r.accounts)
	}
}

func TestRenameSaysWhoIsGoneAndWhoIsNew(t *testing.T) {
	alice, guest := Nick{"alice", true}, Nick{"guest-1", false}
	for _, test := range []struct {
		name    string
		others  []Nick // in the room
		from    Nick
		to      Nick
		want    string
		members uint64
	}{
		{"a guest's", nil, guest, Nick{"carl", false}, "RENAMED go guest-1 carl\n", 2},
		{"LOGIN", nil, guest, alice, "RENAMED go guest-1 alice\n", 2},
		{"LOGIN of a user who is there", []Nick{alice}, guest, alice, "LEFT go guest-1 login\n", 2},
		{"REGISTER", nil, Nick{"alice", false}, alice, "", 2},
		{"LOGOUT", nil, alice, guest, "RENAMED go alice guest-1\n", 2},
		{"LOGOUT of one session of two", []Nick{alice}, alice, guest, "JOINED go guest-1\n", 3},
		{"another account", []Nick{alice, {"bert", true}}, alice, Nick{"bert", true}, "", 3},
	} {
		t.Run(test.name, func(t *testing.T) {
			h, _ := newHub(t, usual, ample)
			r := open(t, h, "go")
			for i, n := range test.others {
				joinAs(t, r, uint64(10+i), n)
			}
			m := joinAs(t, r, 2, test.from)
			bob := join(t, r, 1, "bob", 0)
			m.Rename(nil, test.to)
			wantLines(t, read(t, bob, ReadOptions{Session: 1}), test.want)
			if r.Members() != test.members || len(r.Who()) != int(test.members) {
				t.Errorf("%d members, WHO %v; want %d", r.Members(), r.Who(), test.members)
			}
		})
	}
}
