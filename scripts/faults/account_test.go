package main

import (
	"testing"

	"linechat/chatd/servertest"
	"linechat/scripts/harness"
)

// connect returns a connection to a server, with its HELLO read.
func connect(t *testing.T, s *servertest.Server) *harness.Client {
	t.Helper()
	conn, err := s.Dial(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	c := harness.NewClient(conn)
	if err := c.Hello(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	return c
}

// TestCheckAccount has the checker compare what a server has stored with what it must
// have: the right account, and ones that are wrong in one thing.
func TestCheckAccount(t *testing.T) {
	released := accountState{released: true}
	registered := func(password int, keys uint8) accountState { return accountState{password: password, keys: keys} }
	is := func(s accountState, replaced int) account { return account{known: s, pending: s, replaced: replaced} }
	for _, test := range []struct {
		name   string
		stored accountState
		must   account
		lost   int
	}{
		{"whole", registered(2, 0b010), is(registered(2, 0b010), 1), 0},
		{"released", released, is(released, 2), 0},
		{"not registered", accountState{}, is(accountState{}, 1), 0},
		{"an old password is valid", registered(2, 0b010), is(registered(3, 0b010), 2), 1},
		{"no password is valid", registered(2, 0b010), is(registered(4, 0b010), 3), 1},
		{"a key is missing", registered(2, 0b010), is(registered(2, 0b011), 1), 1},
		{"a key is still there", registered(2, 0b010), is(registered(2, 0), 1), 1},
		{"the account is missing", accountState{}, is(registered(1, 0), 0), 1},
		{"a released name is not kept", accountState{}, is(released, 2), 1},
		{"a released account is still there", registered(2, 0b010), is(released, 2), 1},
		{"an account is released by itself", released, is(registered(2, 0b010), 1), 1},
		{"without an answer, and stored", registered(2, 0b010), account{known: registered(1, 0b010), pending: registered(2, 0b010)}, 0},
		{"without an answer, and not stored", registered(2, 0b010), account{known: registered(2, 0b010), pending: released}, 0},
		{"without an answer, and something else", registered(2, 0b010), account{known: registered(2, 0), pending: registered(2, 0b001)}, 1},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			server := servertest.New(servertest.Config{})
			t.Cleanup(server.Close)
			h := newLoad(testWorkspace()).holders[0]
			a := h.store(t, connect(t, server), test.stored)
			test.must.name = a.name
			if err := h.check(connect(t, server), &test.must, test.must.replaced); err != nil {
				t.Fatal(err)
			}
			h.load.ledger.tally.expect(t, map[kind]int{lost: test.lost})
		})
	}
}

// store has a server store an account in a state: not registered, released, or with
// password 2 and key 1.
func (h *holder) store(t *testing.T, c *harness.Client, s accountState) *account {
	t.Helper()
	if err := h.begin(c); err != nil {
		t.Fatal(err)
	}
	a := h.current()
	if s == (accountState{}) {
		if _, err := c.Ask("NICK another"); err != nil {
			t.Fatal(err)
		}
		return a
	}
	flip := func(i int) func() change { return func() change { return a.flip(i) } }
	changes := []func() change{a.registration, a.newPassword, flip(0), flip(1), flip(0)}
	if s.released {
		changes = append(changes, a.release)
	}
	for _, next := range changes {
		if err := h.change(t.Context(), c, next()); err != nil {
			t.Fatal(err)
		}
	}
	if a.known != s {
		t.Fatalf("%v is stored, and not %v", a.known, s)
	}
	return a
}

// TestForeignKey: a key that was never added to the account is seen.
func TestForeignKey(t *testing.T) {
	server := servertest.New(servertest.Config{})
	t.Cleanup(server.Close)
	h := newLoad(testWorkspace()).holders[0]
	c := connect(t, server)
	if err := h.begin(c); err != nil {
		t.Fatal(err)
	}
	a := h.current()
	if err := h.change(t.Context(), c, a.registration()); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Ask("KEYS ADD " + (&account{name: "another"}).key(0).line); err != nil {
		t.Fatal(err)
	}
	if err := h.check(connect(t, server), a, 0); err != nil {
		t.Fatal(err)
	}
	h.load.ledger.tally.expect(t, map[kind]int{changed: 1})
}

// TestRefusedChange: chatd may refuse a change only while the disk fails or recovers.
func TestRefusedChange(t *testing.T) {
	for disk, wrong := range map[diskState]bool{failing: false, recovering: false, healthy: true} {
		l := newLoad(testWorkspace())
		l.enter(disk)
		h := l.holders[0]
		h.accounts = []*account{{name: "holder"}}
		c := answering(t, "ERR REGISTER store certainly not stored\n", func() {})
		if err := h.change(t.Context(), c, h.current().registration()); (err != nil) != wrong {
			t.Errorf("disk state %d: %v", disk, err)
		}
		if a := h.current(); !wrong && a.pending != a.known {
			t.Errorf("disk state %d: a change that is certainly not stored is pending", disk)
		}
	}
}

// TestAcknowledgedWhileFailing: while the disk fails chatd cannot store a change.
func TestAcknowledgedWhileFailing(t *testing.T) {
	l := newLoad(testWorkspace())
	l.enter(failing)
	h := l.holders[0]
	h.accounts = []*account{{name: "holder"}}
	if err := h.change(t.Context(), answering(t, "OK REGISTER holder\n", func() {}), h.current().registration()); err != nil {
		t.Fatal(err)
	}
	l.ledger.tally.expect(t, map[kind]int{broken: 1})
}
