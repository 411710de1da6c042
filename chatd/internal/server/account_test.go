package server

import (
	"context"
	"errors"
	"net/netip"
	"strings"
	"testing"
	"time"

	"linechat/chatd/internal/account"
	"linechat/chatd/internal/history"
	"linechat/chatd/internal/listener"
)

func mustAddrPort(s string) netip.AddrPort { return netip.MustParseAddrPort(s) }

// heldAccounts is a store that says when it is asked for a key, and then waits.
type heldAccounts struct {
	account.Store
	asked, answer chan bool
}

func (s heldAccounts) AccountOfKey(ctx context.Context, fingerprint string) (account.Account, error) {
	s.asked <- true
	<-s.answer
	return s.Store.AccountOfKey(ctx, fingerprint)
}

// logIn connects and logs in to an account with the password of registered.
func logIn(t *testing.T, srv *Server, nick string) *peer {
	t.Helper()
	p := connect(t, srv)
	p.do("LOGIN "+nick+" "+password, "OK LOGIN "+nick)
	return p
}

func TestRegister(t *testing.T) {
	bubble(t, memory, func(t *testing.T, srv *Server, _ *history.Memory) {
		alice := connect(t, srv)
		alice.do("REGISTER "+password, "ERR REGISTER bad-name")
		alice.do("NICK Alice k3y", "OK NICK Alice")
		alice.do("REGISTER short", "ERR REGISTER bad-password")
		alice.do("WHOAMI", "OK WHOAMI Alice - guest")
		alice.do("REGISTER "+password, "OK REGISTER Alice")
		alice.do("WHOAMI", "OK WHOAMI Alice - account")
		alice.do("REGISTER "+password, "ERR REGISTER not-allowed")
		alice.do("NICK bob", "ERR NICK not-allowed")
		alice.do("QUIT", "OK QUIT")
		bob := connect(t, srv)
		for _, nick := range []string{"Alice", "alice", "ALICE", "AIice", "aIice"} {
			bob.do("NICK "+nick+" k3y", "ERR NICK nick-registered")
		}
		bob.do("LOGIN alice "+password, "OK LOGIN Alice")
	})
}

func TestRegisterIsClosed(t *testing.T) {
	bubble(t, memory, func(t *testing.T, srv *Server, _ *history.Memory) {
		srv.config.Register = false
		p := member(t, srv, "alice")
		p.do("REGISTER "+password, "ERR REGISTER not-allowed")
	})
}

func TestGuestsAreOff(t *testing.T) {
	bubble(t, memory, func(t *testing.T, srv *Server, _ *history.Memory) {
		registered(t, srv, "alice")
		srv.config.Guests = false
		p := connect(t, srv)
		for _, line := range []string{"JOIN go", "CREATE go", "IN go POST hi", "ROOMS", "WHOIS alice", "TELL alice hi", "IN go HISTORY", "IN go WHO"} {
			p.do(line, "ERR ")
			p.do(line, "ERR "+verbIn(line)+" login-required")
		}
		p.send("HELP LOGIN")
		p.want("HELP LOGIN")
		p.want("OK HELP")
		p.do("LOGIN alice "+password, "OK LOGIN alice")
		p.do("CREATE go", "OK CREATE go")
		p.do("LOGOUT", "OK LOGOUT guest-")
		p.do("JOIN go", "ERR JOIN login-required")
		p.do("QUIT", "OK QUIT")
	})
}

func verbIn(line string) string {
	words := strings.Fields(line)
	if words[0] == "IN" {
		return words[2]
	}
	return words[0]
}

func TestLoginIsRefused(t *testing.T) {
	bubble(t, memory, func(t *testing.T, srv *Server, _ *history.Memory) {
		registered(t, srv, "alice")
		p := connect(t, srv)
		wrong := p.do("LOGIN alice not the password", "ERR LOGIN bad-login")
		unknown := p.do("LOGIN carol not the password", "ERR LOGIN bad-login")
		if wrong != unknown {
			t.Errorf("a wrong password is %q, an unknown name %q", wrong, unknown)
		}
		p.do("LOGIN 0 "+password, "ERR LOGIN bad-name")
		p.do("LOGOUT", "ERR LOGOUT not-allowed")
		p.do("WHOAMI", "OK WHOAMI guest-")
	})
}

// What is wrong is counted over reconnecting, for the address and for the name.
func TestGuessesAreSlowedDown(t *testing.T) {
	bubble(t, memory, func(t *testing.T, srv *Server, _ *history.Memory) {
		registered(t, srv, "alice")
		for range 5 {
			p := connect(t, srv)
			p.do("LOGIN alice wrong password", "ERR LOGIN bad-login")
			p.do("QUIT", "OK QUIT")
		}
		p := connect(t, srv)
		p.do("LOGIN alice "+password, "ERR LOGIN rate-limited")
		other, _, _ := admitKnown(t, srv, listener.Identity{Door: listener.DoorTLS, Encrypted: true}, tcpAddr("192.0.2.7:1"))
		other.do("LOGIN alice "+password, "OK LOGIN alice")
		pass(time.Minute)
		p.do("LOGIN alice "+password, "OK LOGIN alice")
	})
}

func TestGuessesOfNickKeysAreSlowedDown(t *testing.T) {
	bubble(t, memory, func(t *testing.T, srv *Server, _ *history.Memory) {
		connect(t, srv).do("NICK alice s3cret", "OK NICK alice")
		p := connect(t, srv)
		for range 5 {
			p.do("NICK alice wr0ng", "ERR NICK nick-taken")
		}
		p.do("NICK alice s3cret", "ERR NICK rate-limited")
		p.do("NICK bob", "OK NICK bob")
		pass(time.Minute)
		p.do("NICK alice s3cret", "OK NICK alice")
	})
}

func TestKeysThatAreRightAreNotCounted(t *testing.T) {
	bubble(t, memory, func(t *testing.T, srv *Server, _ *history.Memory) {
		for range 30 {
			connect(t, srv).do("NICK alice s3cret", "OK NICK alice")
		}
	})
}

// The sessions of an account are one user to others.
func TestSessionsOfAnAccountAreOneUser(t *testing.T) {
	bubble(t, memory, func(t *testing.T, srv *Server, _ *history.Memory) {
		registered(t, srv, "alice")
		bob := member(t, srv, "bob")
		bob.do("SET presence on", "OK SET")
		first, second := logIn(t, srv, "alice"), logIn(t, srv, "alice")
		first.do("JOIN go", "OK JOIN go 2 0")
		bob.want("JOINED go alice")
		second.do("JOIN go", "OK JOIN go 2 0")
		bob.send("WHO")
		bob.want("USER go alice account")
		bob.want("USER go bob guest")
		bob.want("OK WHO go 2")
		bob.send("ROOMS")
		bob.want("ROOM go 2")
		bob.want("OK ROOMS")
		bob.do("TELL alice psst", "OK TELL alice")
		first.want("TELL bob psst")
		second.want("TELL bob psst")
		first.do("QUIT", "OK QUIT")
		second.do("LEAVE", "OK LEAVE")
		bob.want("LEFT go alice leave")
	})
}

func TestLoginInARoom(t *testing.T) {
	bubble(t, memory, func(t *testing.T, srv *Server, _ *history.Memory) {
		registered(t, srv, "alice")
		bob := member(t, srv, "bob")
		bob.do("SET presence on", "OK SET")
		first, second := member(t, srv, "carl"), member(t, srv, "dora")
		bob.want("JOINED go carl")
		bob.want("JOINED go dora")
		first.do("LOGIN alice "+password, "OK LOGIN alice")
		bob.want("RENAMED go carl alice")
		second.do("LOGIN alice "+password, "OK LOGIN alice")
		bob.want("LEFT go dora login")
		first.do("LOGOUT", "OK LOGOUT guest-")
		bob.want("JOINED go guest-")
		second.do("LOGOUT", "OK LOGOUT guest-")
		bob.want("RENAMED go alice guest-")
		bob.do("WHO", "USER go bob guest")
	})
}

func TestPostsCarryTheAccount(t *testing.T) {
	bubble(t, memory, func(t *testing.T, srv *Server, _ *history.Memory) {
		registered(t, srv, "alice")
		bob := member(t, srv, "bob")
		bob.do("FORMAT json", `{"type":"ok"`)
		alice := logIn(t, srv, "alice")
		alice.do("IN go POST hi", "OK POST go 1")
		alice.do("LOGOUT", "OK LOGOUT")
		alice.do("IN go POST as a guest", "OK POST go 2")
		for range 2 { // live, and from the store
			if line := bob.want(`{"type":"msg"`); !strings.Contains(line, `"nick":"alice","account":"alice"`) {
				t.Error(line)
			}
			if line := bob.want(`{"type":"msg"`); strings.Contains(line, `"account"`) {
				t.Error(line)
			}
			bob.send("HISTORY")
		}
		bob.want(`{"type":"ok"`)
	})
}

func TestPasswdEndsOtherPasswordSessions(t *testing.T) {
	bubble(t, memory, func(t *testing.T, srv *Server, _ *history.Memory) {
		registered(t, srv, "alice", hisKeys...)
		byPassword, other := logIn(t, srv, "alice"), logIn(t, srv, "alice")
		byKey, _, _ := admitKnown(t, srv, listener.Identity{Door: listener.DoorTLS, Key: tlsKey}, nil)
		byPassword.do("PASSWD another horse", "OK PASSWD alice")
		other.want("BYE ended")
		byKey.do("WHOAMI", "OK WHOAMI alice - account")
		byPassword.do("WHOAMI", "OK WHOAMI alice - account")
		p := connect(t, srv)
		p.do("LOGIN alice "+password, "ERR LOGIN bad-login")
		p.do("LOGIN alice another horse", "OK LOGIN alice")
	})
}

func TestUnregister(t *testing.T) {
	bubble(t, memory, func(t *testing.T, srv *Server, _ *history.Memory) {
		registered(t, srv, "alice", hisKeys...)
		alice, other := logIn(t, srv, "alice"), logIn(t, srv, "alice")
		byKey, _, _ := admitKnown(t, srv, listener.Identity{Door: listener.DoorTLS, Key: tlsKey}, nil)
		alice.do("UNREGISTER bob", "ERR UNREGISTER not-allowed")
		alice.do("UNREGISTER", "OK UNREGISTER guest-")
		other.want("BYE ended")
		byKey.want("BYE ended")
		alice.do("WHOAMI", "OK WHOAMI guest-")
		alice.do("UNREGISTER", "ERR UNREGISTER not-allowed")
		alice.do("NICK a1ice", "ERR NICK nick-registered")
		alice.do("LOGIN alice "+password, "ERR LOGIN bad-login")
		pass(90*24*time.Hour + time.Second)
		alice.do("NICK a1ice", "OK NICK a1ice")
		alice.do("REGISTER "+password, "OK REGISTER a1ice")
	})
}

func TestWhois(t *testing.T) {
	bubble(t, memory, func(t *testing.T, srv *Server, _ *history.Memory) {
		registered(t, srv, "alice")
		bob, carl := member(t, srv, "bob"), member(t, srv, "carl")
		bob.do("WHOIS alice", "WHOIS alice account 2000-01-01T00:00:00.000Z away ")
		bob.want("OK WHOIS alice")
		alice := logIn(t, srv, "alice")
		bob.do("WHOIS ALICE", "WHOIS alice account 2000-01-01T00:00:00.000Z here ")
		bob.want("OK WHOIS alice")
		alice.do("CREATE ab", "OK CREATE")
		alice.do("JOIN ab", "OK JOIN")
		alice.do("JOIN go", "OK JOIN")
		if line := bob.do("WHOIS alice", "WHOIS alice account"); !strings.HasSuffix(line, "here go") {
			t.Error(line) // bob is not in ab
		}
		bob.want("OK WHOIS alice")
		if line := carl.do("WHOIS bob", "WHOIS bob guest"); !strings.HasSuffix(line, "here go") {
			t.Error(line)
		}
		carl.want("OK WHOIS bob")
		carl.do("WHOIS dora", "ERR WHOIS no-such-user")
	})
}

// failingAccounts is a store in which CreateAccount fails.
type failingAccounts struct {
	account.Store
	err error
}

func (s *failingAccounts) CreateAccount(ctx context.Context, a account.Account) (account.Account, error) {
	if s.err != nil {
		return account.Account{}, s.err
	}
	return s.Store.CreateAccount(ctx, a)
}

// An account that is not stored leaves the guest what it was; one that may be stored keeps
// its nick from others.
func TestRegisterThatTheStoreRefuses(t *testing.T) {
	for _, test := range []struct {
		err   error
		reply string
		nick  string // to another guest
	}{{history.ErrFailed, "store", "OK NICK"}, {history.ErrUnknown, "unknown", "ERR NICK nick-registered"}} {
		t.Run(test.reply, func(t *testing.T) {
			bubble(t, memory, func(t *testing.T, srv *Server, _ *history.Memory) {
				store := &failingAccounts{&account.Memory{}, test.err}
				srv.config.Accounts = account.New(store)
				alice, bob := member(t, srv, "alice"), connect(t, srv)
				alice.do("REGISTER "+password, "ERR REGISTER "+test.reply)
				alice.do("WHOAMI", "OK WHOAMI alice go guest")
				store.err = nil
				alice.do("REGISTER "+password, "OK REGISTER alice")
				alice.do("UNREGISTER", "OK UNREGISTER")
				carl := member(t, srv, "carl")
				store.err = errors.Join(test.err)
				carl.do("REGISTER "+password, "ERR REGISTER "+test.reply)
				carl.do("QUIT", "OK QUIT")
				carl.want("BYE quit")
				bob.do("NICK carl", test.nick)
			})
		})
	}
}
