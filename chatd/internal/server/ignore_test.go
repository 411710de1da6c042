package server

import (
	"context"
	"fmt"
	"testing"
	"testing/synctest"

	"linechat/chatd/internal/account"
	"linechat/chatd/internal/history"
	"linechat/chatd/proto"
)

// Whoever is ignored cannot tell, and in a conversation is not read, neither live nor from what
// was posted before. Programs read all.
func TestIgnore(t *testing.T) {
	bubble(t, memory, func(t *testing.T, srv *Server, _ *history.Memory) {
		alice, bob := member(t, srv, "alice"), member(t, srv, "bob")
		alice.do("IGNORE", "OK IGNORE")
		alice.do("IGNORE BOB", "OK IGNORE BOB")
		alice.do("IGNORE b/b", "ERR IGNORE bad-name")
		alice.do("IGNORE Alice", "ERR IGNORE bad-arguments you cannot ignore yourself")
		alice.do("IGNORE carol", "OK IGNORE carol")
		alice.do("IGNORE bob", "OK IGNORE bob")
		alice.do("IGNORE", "IGNORED ")
		alice.want("IGNORED carol")
		alice.want("OK IGNORE")
		bob.do("TELL alice psst", "ERR TELL busy-user")
		alice.do("TELL bob psst", "OK TELL bob")
		bob.want("TELL alice psst")
		bob.do("SET echo off", "OK SET")
		bob.do("POST one", "OK POST go 1")
		alice.want("MSG go 1 bob one")
		alice.do("FORMAT people", "-- ")
		bob.do("POST two", "OK POST go 2")
		alice.do("HISTORY", "-- nothing found in go")
		alice.do("SEARCH one", "-- nothing found in go")
		alice.do("JOIN go", "-- you are in go, 2 here")
		alice.do("IGNORE", "-- you ignore ")
		alice.want("-- you ignore carol")
		alice.want("-- you ignore nobody else; /ignore NICK adds one")
		alice.do("UNIGNORE Bob", "-- you ignore Bob no more")
		alice.do("UNIGNORE bob", "-- you do not ignore bob")
		alice.do("HISTORY", "-- ") // the day
		alice.wantTimed("<bob> one")
		alice.wantTimed("<bob> two")
		bob.do("TELL alice psst", "OK TELL alice")
		alice.want("*bob* psst")
	})
}

func TestIgnoringIsBounded(t *testing.T) {
	bubble(t, memory, func(t *testing.T, srv *Server, _ *history.Memory) {
		alice := connect(t, srv)
		for i := range account.MaxIgnored {
			alice.do(fmt.Sprint("IGNORE n", i), "OK IGNORE")
		}
		alice.do("IGNORE more", "ERR IGNORE too-many you ignore 100 nicks")
		alice.do("IGNORE N7", "OK IGNORE N7")
		alice.do("UNIGNORE n8", "OK UNIGNORE n8")
		alice.do("IGNORE more", "OK IGNORE more")
	})
}

// All sessions of an account ignore the same nicks, from REGISTER to the next login. What a
// guest ignores is forgotten.
func TestAccountIgnores(t *testing.T) {
	bubble(t, memory, func(t *testing.T, srv *Server, _ *history.Memory) {
		bob := member(t, srv, "bob")
		alice := connect(t, srv)
		alice.do("NICK alice", "OK NICK alice")
		alice.do("IGNORE bob", "OK IGNORE bob")
		alice.do("REGISTER "+password, "OK REGISTER alice")
		bob.do("TELL alice psst", "ERR TELL busy-user")
		phone := connect(t, srv)
		phone.do("IGNORE carol", "OK IGNORE carol")
		phone.do("LOGIN alice "+password, "OK LOGIN alice")
		phone.do("IGNORE", "IGNORED bob")
		phone.want("OK IGNORE")
		phone.do("UNIGNORE bob", "OK UNIGNORE bob")
		bob.do("TELL alice psst", "OK TELL alice")
		alice.want("TELL bob psst")
		phone.want("TELL bob psst")
		alice.do("IGNORE bob", "OK IGNORE bob")
		bob.do("TELL alice psst", "ERR TELL busy-user")
		alice.do("LOGOUT", "OK LOGOUT guest-")
		alice.do("IGNORE", "OK IGNORE")
		phone.do("QUIT", "OK QUIT")
		phone.want("BYE quit")
		synctest.Wait()
		alice.do("LOGIN alice "+password, "OK LOGIN alice")
		bob.do("TELL alice psst", "ERR TELL busy-user")
		alice.do("UNREGISTER", "OK UNREGISTER guest-")
		alice.do("IGNORE", "OK IGNORE")
	})
}

// forgetfulAccounts is a store that keeps no change of whom accounts ignore.
type forgetfulAccounts struct {
	account.Store
	err error
}

func (s forgetfulAccounts) Ignore(context.Context, string, proto.Name) error { return s.err }

func TestIgnoringThatIsNotStored(t *testing.T) {
	bubble(t, memory, func(t *testing.T, srv *Server, _ *history.Memory) {
		registered(t, srv, "alice")
		alice := logIn(t, srv, "alice")
		srv.config.Accounts.Store = forgetfulAccounts{srv.config.Accounts.Store, history.ErrFailed}
		alice.do("IGNORE bob", "ERR IGNORE store")
		alice.do("IGNORE", "OK IGNORE")
	})
}
