package server

import (
	"net"
	"testing"

	"linechat/chatd/internal/history"
	"linechat/chatd/internal/listener"
)

func TestRoomsCountForWhoMakesThem(t *testing.T) {
	bubble(t, memory, func(t *testing.T, srv *Server, store *history.Memory) {
		registered(t, srv, "bob")
		bob, err := srv.config.Accounts.Account(t.Context(), "bob")
		if err != nil {
			t.Fatal(err)
		}
		logIn(t, srv, "bob").do("CREATE bobs", "OK CREATE bobs")
		connect(t, srv).do("CREATE guests", "OK CREATE guests")
		admitAdmin(t, srv).do("CREATE admins", "OK CREATE admins")
		for fold, want := range map[string]history.Owner{
			"bobs": {Account: bob.ID}, "guests": {Guest: true}, "admins": {},
		} {
			if r, err := store.Room(t.Context(), fold); r.Owner != want || err != nil {
				t.Errorf("room %s counts for %+v, %v; want %+v", fold, r.Owner, err, want)
			}
		}
	})
}

func TestOnceKeysCountForAddressesAndAccounts(t *testing.T) {
	srv := newTestServer(t)
	origin := func(address string, account uint64) uint64 {
		near, _ := net.Pipe()
		s := newSession(srv, &knownConn{near, listener.Identity{}, tcpAddr(address), nil})
		s.account = account
		s.pay()
		return s.origin()
	}
	guest := origin("192.0.2.1:5", 0)
	if guest != origin("192.0.2.1:6", 0) {
		t.Error("two guests of an address count apart")
	}
	for name, other := range map[string]uint64{
		"another address": origin("192.0.2.2:5", 0), "an account": origin("192.0.2.1:5", 7),
	} {
		if other == guest {
			t.Errorf("%s counts as a guest of the address does", name)
		}
	}
}
