package server

import (
	"fmt"
	"runtime"
	"strings"
	"sync"
	"testing"

	"linechat/chatd/internal/account"
)

// race does all of it at once, each on a session of its own.
func race(t *testing.T, all ...func()) {
	t.Helper()
	var wg sync.WaitGroup
	for _, f := range all {
		wg.Go(f)
	}
	wg.Wait()
}

// reply sends a line and returns the answer to it, or the BYE that came instead.
func (p *peer) reply(line string) string {
	if _, err := p.Write([]byte(line + "\n")); err != nil {
		return "BYE"
	}
	for {
		got, err := p.in.ReadString('\n')
		if err != nil || strings.HasPrefix(got, "OK ") || strings.HasPrefix(got, "ERR ") || strings.HasPrefix(got, "BYE ") {
			return got
		}
	}
}

// wantConsistent checks that whoever holds the nick is logged in to an account that there
// is, and is counted once in its room.
func wantConsistent(t *testing.T, srv *Server, watcher *peer, peers ...*peer) {
	t.Helper()
	users, _, _ := srv.hub.Users.Lookup("alice")
	_, err := srv.config.Accounts.Account(t.Context(), "alice")
	registered := err == nil
	logged, held := 0, 0
	for _, p := range peers {
		switch who := p.reply("WHOAMI"); {
		case strings.HasSuffix(who, " account\n"):
			logged++
		case strings.HasPrefix(who, "OK WHOAMI alice "):
			held++
		}
	}
	if logged > 0 && (!registered || held > 0) || len(users) != logged+held || held > 1 {
		t.Errorf("registered %v, %d logged in, %d guests have the nick, %d hold it", registered, logged, held, len(users))
	}
	if n := strings.Count(watcher.lines("IN go WHO"), "USER go alice "); n != min(1, logged+held) {
		t.Errorf("WHO names alice %d times", n)
	}
}

// lines sends a line and returns all lines up to its OK.
func (p *peer) lines(line string) (all string) {
	p.send(line)
	for {
		got := p.want("")
		if strings.HasPrefix(got, "OK ") {
			return all
		}
		all += got + "\n"
	}
}

// raceServer has a room with a watcher in it.
func raceServer(t *testing.T) (srv *Server, address string, watcher *peer) {
	t.Helper()
	srv = newTestServer(t)
	address = serve(t, srv)
	watcher = dial(t, address)
	watcher.do("CREATE go", "OK CREATE")
	watcher.do("JOIN go", "OK JOIN")
	return srv, address, watcher
}

func inGo(t *testing.T, address, nick string) *peer {
	t.Helper()
	p := dial(t, address)
	p.reply("SET presence off")
	if nick != "" {
		p.reply("NICK " + nick)
	}
	p.reply("JOIN go")
	return p
}

const races = 20

func TestRegisterAndLoginAtOnce(t *testing.T) {
	for i := range races {
		t.Run(fmt.Sprint(i), func(t *testing.T) {
			srv, address, watcher := raceServer(t)
			a, b := inGo(t, address, "alice"), inGo(t, address, "")
			race(t,
				func() { a.reply("REGISTER " + password) },
				func() {
					for n := 0; n < 4 && !strings.HasPrefix(b.reply("LOGIN alice "+password), "OK"); n++ {
					}
				})
			wantConsistent(t, srv, watcher, a, b)
		})
	}
}

func TestUnregisterDuringLogin(t *testing.T) {
	for i := range races {
		t.Run(fmt.Sprint(i), func(t *testing.T) {
			srv, address, watcher := raceServer(t)
			a, b, c := inGo(t, address, "alice"), inGo(t, address, ""), inGo(t, address, "")
			a.do("REGISTER "+password, "OK REGISTER")
			race(t,
				func() { a.reply("UNREGISTER") },
				func() { b.reply("LOGIN alice " + password) },
				func() { c.reply("LOGIN alice " + password) })
			srv.waitFor(t, "alice", 0)
			if who := a.reply("WHOAMI"); !strings.HasPrefix(who, "OK WHOAMI guest-") {
				t.Errorf("%q", who)
			}
			wantConsistent(t, srv, watcher, a)
		})
	}
}

// waitFor waits until so many sessions hold the nick: those that were ended still have it for
// a moment.
func (srv *Server) waitFor(t *testing.T, fold string, n int) {
	t.Helper()
	for {
		users, _, _ := srv.hub.Users.Lookup(fold)
		if len(users) == n || t.Context().Err() != nil {
			return
		}
		runtime.Gosched()
	}
}

func TestPasswdDuringLogin(t *testing.T) {
	for i := range races {
		t.Run(fmt.Sprint(i), func(t *testing.T) {
			srv, address, watcher := raceServer(t)
			a, b := inGo(t, address, "alice"), inGo(t, address, "")
			a.do("REGISTER "+password, "OK REGISTER")
			race(t,
				func() { a.reply("PASSWD another horse") },
				func() { b.reply("LOGIN alice " + password) })
			srv.waitFor(t, "alice", 1) // whoever logged in by the old password is out
			wantConsistent(t, srv, watcher, a)
		})
	}
}

func TestEndDuringLogin(t *testing.T) {
	for i := range races {
		t.Run(fmt.Sprint(i), func(t *testing.T) {
			srv, address, watcher := raceServer(t)
			a, b := inGo(t, address, "alice"), inGo(t, address, "")
			a.do("REGISTER "+password, "OK REGISTER")
			sessions := srv.open()
			race(t,
				func() {
					for _, s := range sessions {
						if s.id == 3 {
							s.end(ended)
						}
					}
				},
				func() { b.reply("LOGIN alice " + password) })
			srv.waitFor(t, "alice", 1)
			wantConsistent(t, srv, watcher, a)
		})
	}
}

func TestManyLogInAndOutAtOnce(t *testing.T) {
	srv, address, watcher := raceServer(t)
	registered(t, srv, "alice", account.Key{Kind: "tls", Fingerprint: "SHA256:tls"})
	peers := make([]*peer, 6)
	var all []func()
	for i := range peers {
		p := inGo(t, address, "")
		peers[i] = p
		all = append(all, func() {
			for range 5 {
				p.reply("LOGIN alice " + password)
				p.reply("LOGOUT")
			}
			p.reply("LOGIN alice " + password)
		})
	}
	race(t, all...)
	wantConsistent(t, srv, watcher, peers...)
	for _, p := range peers {
		p.reply("LOGOUT")
	}
	wantConsistent(t, srv, watcher, peers...)
}

// A guest who holds a nick that an admin has made an account's, and who logs in to another
// one whose owner does the same: neither waits for ever.
func TestTwoGuestsInEachOthersWay(t *testing.T) {
	srv, address, _ := raceServer(t)
	a, b := inGo(t, address, "bob"), inGo(t, address, "alice")
	registered(t, srv, "alice")
	registered(t, srv, "bob")
	race(t, func() { a.reply("LOGIN alice " + password) }, func() { b.reply("LOGIN bob " + password) })
	c := dial(t, address)
	c.do("LOGIN alice "+password, "OK LOGIN alice")
}
