package server

import (
	"context"
	"io"
	"sync/atomic"
	"testing"
	"testing/synctest"

	"linechat/chatd/internal/account"
	"linechat/chatd/internal/history"
	"linechat/chatd/internal/hub"
)

// A stall stops its caller until it is let go.
type stall struct{ reached, gate chan bool }

func newStall() stall { return stall{make(chan bool), make(chan bool)} }

func (s stall) here() {
	s.reached <- true
	<-s.gate
}

// stalledCreation is a store that stalls when an account is stored, and before it says so.
type stalledCreation struct {
	account.Store
	stall
}

func (s stalledCreation) CreateAccount(ctx context.Context, a account.Account) (account.Account, error) {
	a, err := s.Store.CreateAccount(ctx, a)
	s.here()
	return a, err
}

// stalledMember joins a room with a member that stalls whoever wakes it, the first time.
func stalledMember(t *testing.T, srv *Server, room string) (s stall, leave func()) {
	t.Helper()
	r, err := srv.hub.Open(t.Context(), nil, room)
	if err != nil {
		t.Fatal(err)
	}
	s, stalled := newStall(), atomic.Bool{}
	m := hub.NewMember(r, 1<<40, hub.Nick{Shown: "staller"}, func() {
		if !stalled.Swap(true) {
			s.here()
		}
	})
	m.Join(nil)
	return s, func() { m.Leave(nil, ""); r.Release() }
}

// watch joins a room, where it is told who comes and goes.
func watch(t *testing.T, srv *Server, room string) *peer {
	t.Helper()
	p := connect(t, srv)
	p.do("NICK wendy", "OK NICK wendy")
	p.do("CREATE "+room, "")
	p.do("JOIN "+room, "OK JOIN "+room)
	return p
}

// inTwo connects and joins the rooms one and two, in this order.
func inTwo(t *testing.T, srv *Server, nick string) *peer {
	t.Helper()
	p := connect(t, srv)
	for _, line := range []string{"NICK " + nick, "SET presence off", "CREATE one", "JOIN one", "JOIN two"} {
		p.do(line, "OK ")
	}
	return p
}

// Whoever logs in to an account that has just been stored is not announced in a room where
// the nick is already.
func TestLoginDuringRegisterIsNoNewNick(t *testing.T) {
	bubble(t, memory, func(t *testing.T, srv *Server, _ *history.Memory) {
		store := stalledCreation{&account.Memory{}, newStall()}
		srv.config.Accounts = account.New(store)
		a := member(t, srv, "alice")
		w := watch(t, srv, "go")
		a.send("REGISTER " + password)
		<-store.reached
		b := logIn(t, srv, "alice")
		b.do("SET presence off", "OK SET presence off")
		b.do("JOIN go", "OK JOIN go 2 ")
		store.gate <- true
		a.want("OK REGISTER alice")
		b.do("QUIT", "OK QUIT")
		b.want("BYE quit")
		w.do("PING", "OK PING")
	})
}

// A guest who holds a nick that an admin has made an account's, and logs in to it, is a
// session of it in its rooms before others can log in.
func TestLoginDuringLoginIsNoNewNick(t *testing.T) {
	bubble(t, memory, func(t *testing.T, srv *Server, _ *history.Memory) {
		w := watch(t, srv, "two")
		a := inTwo(t, srv, "Alice")
		w.want("JOINED two Alice")
		registered(t, srv, "alice")
		first, leave := stalledMember(t, srv, "one")
		defer leave()
		a.send("LOGIN alice " + password)
		go io.Copy(io.Discard, a)
		<-first.reached
		b := connect(t, srv)
		b.send("LOGIN alice " + password + "\nSET presence off\nJOIN two")
		go io.Copy(io.Discard, b)
		synctest.Wait()
		first.gate <- true
		w.want("RENAMED two Alice alice")
		w.want("LEFT two alice replaced")
		w.want("JOINED two alice")
	})
}

// A nick that a session changes is free for others when its rooms know the new one.
func TestNickIsGivenBackAfterItsRoomsKnow(t *testing.T) {
	bubble(t, memory, func(t *testing.T, srv *Server, _ *history.Memory) {
		w := watch(t, srv, "two")
		a := inTwo(t, srv, "alice")
		w.want("JOINED two alice")
		first, leave := stalledMember(t, srv, "one")
		defer leave()
		a.send("NICK bob")
		<-first.reached
		c := connect(t, srv)
		c.do("NICK alice", "ERR NICK nick-taken")
		c.do("NICK a1ice", "ERR NICK nick-taken")
		first.gate <- true
		a.want("OK NICK bob")
		c.do("NICK a1ice", "OK NICK a1ice")
		w.want("RENAMED two alice bob")
		c.do("JOIN two", "OK JOIN two 3 ")
		w.want("JOINED two a1ice")
	})
}
