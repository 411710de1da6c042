package client

import (
	"bytes"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"linechat/chatd/proto"
)

var withLogin = Config{Account: "alice", Password: "s3 cret"}

// hello begins a connection up to the client's first command.
func (p *peer) hello(nick string) {
	p.Helper()
	p.say("HELLO chatd/1 " + nick + " Type HELP")
	p.expect("FORMAT json")
	p.say(ok("FORMAT", "format", "json"))
}

// startLogin dials, up to the answer to LOGIN, which is the test's.
func (s *fixture) startLogin(answer string) error {
	s.Helper()
	dialled := async(func() (*Client, error) { return Dial(s.Context(), s.config) })
	p := s.accept()
	p.hello("guest-1")
	p.expect("LOGIN alice s3 cret")
	p.say(answer)
	var err error
	s.client, err = dialled()
	s.peer = p
	return err
}

// loggedIn dials and logs in.
func (s *fixture) loggedIn() *peer {
	s.Helper()
	if err := s.startLogin(ok("LOGIN", "nick", "alice")); err != nil {
		s.Fatal(err)
	}
	s.wants("connecting → INIT")
	return s.peer
}

// TestLogin: a client logs in before all else, and takes no nick.
func TestLogin(t *testing.T) {
	config := withLogin
	config.Nick = "bob"
	play(t, config, func(s *fixture) {
		p := s.loggedIn()
		if got := s.client.Session(); got.Nick != "alice" || got.Account != "alice" {
			s.Errorf("the session is %+v", got)
		}
		time.Sleep(retakeInterval + time.Second) // in which a guest asks for its nick again
		p.answerQuit()
	})
}

// TestLoginRefused: a refusal ends Dial, and is not tried again.
func TestLoginRefused(t *testing.T) {
	for _, code := range []Code{BadLogin, NotSecure, RateLimited} {
		config := withLogin
		config.DialTimeout = time.Hour
		play(t, config, func(s *fixture) {
			began := time.Now()
			s.mustRefuse(s.startLogin(refusing("LOGIN", code)), code)
			if took := time.Since(began); took != 0 {
				s.Errorf("it took %v", took)
			}
		})
	}
}

// TestLoginBusy: a server that is busy for a moment is asked again, one that is for longer
// than Dial may take is not.
func TestLoginBusy(t *testing.T) {
	busy := func(wait time.Duration) string {
		return fmt.Sprintf(`{"type":"err","verb":"LOGIN","code":"rate-limited","text":"no","wait_ms":%d}`, wait.Milliseconds())
	}
	play(t, withLogin, func(s *fixture) {
		began := time.Now()
		dialled := async(func() (*Client, error) { return Dial(s.Context(), s.config) })
		p := s.accept()
		p.hello("guest-1")
		for _, answer := range []string{busy(time.Second), busy(2 * time.Second), ok("LOGIN", "nick", "alice")} {
			p.expect("LOGIN alice s3 cret")
			p.say(answer)
		}
		var err error
		if s.client, err = dialled(); err != nil {
			s.Fatal(err)
		}
		if took := time.Since(began); took != 3*time.Second {
			s.Errorf("it took %v", took)
		}
		p.answerQuit()
	})
	play(t, withLogin, func(s *fixture) {
		began := time.Now()
		s.mustRefuse(s.startLogin(busy(defaultDialTimeout)), RateLimited)
		if took := time.Since(began); took != 0 {
			s.Errorf("it took %v", took)
		}
	})
}

// TestLoginAgain: after a lost connection the client logs in before it joins its rooms;
// a server that is too busy for that is tried again.
func TestLoginAgain(t *testing.T) {
	play(t, withLogin, func(s *fixture) {
		p := s.loggedIn()
		p.join("go", 3)
		for _, refusal := range []string{refusing("LOGIN", RateLimited), refusing("LOGIN", StoreFailed)} {
			p.cut()
			p = s.accept()
			p.hello("guest-2")
			p.expect("LOGIN alice s3 cret")
			p.say(refusal)
		}
		p = s.accept()
		p.hello("guest-3")
		p.expect("LOGIN alice s3 cret")
		p.say(ok("LOGIN", "nick", "alice"))
		p.expect("JOIN go AFTER 3")
		p.say(ok("JOIN", "room", "go", "members", 1, "seq", 3))
		s.wants("INIT → IN_ROOM in go", "IN_ROOM → lost: EOF")
		for e := range s.client.Events() {
			if change, ok := e.(StateChange); ok && change.To.State == InRoom {
				if change.To.Nick != "alice" || change.To.Account != "alice" {
					s.Errorf("the session is %+v", change.To)
				}
				break
			}
		}
		p.answerQuit()
	})
}

// TestLoginNoMore: a client whose password no longer counts ends, and posts nothing as a
// guest.
func TestLoginNoMore(t *testing.T) {
	play(t, withLogin, func(s *fixture) {
		p := s.loggedIn()
		p.join("go", 3)
		p.cut()
		s.wants("INIT → IN_ROOM in go", "IN_ROOM → lost: EOF")
		posted := s.post("go", "hello")
		p = s.accept()
		p.hello("guest-2")
		p.expect("LOGIN alice s3 cret")
		p.say(refusing("LOGIN", BadLogin))
		_, err := posted()
		s.mustRefuse(err, BadLogin)
		s.wants("lost → connecting", "connecting → closed: bad-login: no", "the end")
		s.mustRefuse(s.client.Close(), BadLogin)
	})
}

// TestLoginByKey: a client that the server has logged in at HELLO takes no nick; one that
// it no longer logs in ends.
func TestLoginByKey(t *testing.T) {
	play(t, Config{Nick: "bob"}, func(s *fixture) {
		dialled := async(func() (*Client, error) { return Dial(s.Context(), s.config) })
		p := s.accept()
		p.hello("alice")
		p.expect("WHOAMI")
		p.say(ok("WHOAMI", "nick", "alice", "role", "account"))
		var err error
		if s.client, err = dialled(); err != nil {
			s.Fatal(err)
		}
		s.wants("connecting → INIT")
		if got := s.client.Session(); got.Nick != "alice" || got.Account != "alice" {
			s.Errorf("the session is %+v", got)
		}
		time.Sleep(retakeInterval + time.Second)
		p.cut()
		s.accept().say("HELLO chatd/1 guest-1 Type HELP")
		s.wants("INIT → lost: EOF", "lost → connecting", "connecting → closed: bad-login: the key no longer logs in to the account alice", "the end")
		s.mustRefuse(s.client.Close(), BadLogin)
	})
}

// TestGuestWithNick: a guest who has a nick at HELLO takes the one that is wanted.
func TestGuestWithNick(t *testing.T) {
	play(t, Config{Nick: "bob"}, func(s *fixture) {
		dialled := async(func() (*Client, error) { return Dial(s.Context(), s.config) })
		p := s.accept()
		p.hello("carol")
		p.expect("WHOAMI")
		p.say(ok("WHOAMI", "nick", "carol", "role", "guest"))
		p.expect("NICK bob key")
		p.say(ok("NICK", "nick", "bob"))
		var err error
		if s.client, err = dialled(); err != nil {
			s.Fatal(err)
		}
		p.answerQuit()
	})
}

// TestSecure: over which connections a password is sent, by Config and by commands.
func TestSecure(t *testing.T) {
	for server, want := range map[string]bool{
		"localhost:1": true, "LOCALHOST:1": true, "127.0.0.1:1": true, "127.9.9.9:1": true, "[::1]:1": true,
		"tls://chat:1": true, "unix:///run/chat": true, "tls://chat:1,localhost:1": true, "tls://chat:1,chat:1": false,
		"chat:1": false, "192.0.2.1:1": false, "[::]:1": false, "0.0.0.0:1": false, "localhost.example.org:1": false, "127.0.0.1.example.org:1": false, ":1": false,
	} {
		config := withLogin
		config.Server = server
		if got := config.Secure(); got != want {
			t.Errorf("%s: %v", server, got)
		}
		if err := config.prepare(); errors.Is(err, errNotSecure) == want || errors.Is(err, ErrConfig) == want {
			t.Errorf("%s: %v", server, err)
		}
	}
	play(t, Config{}, func(s *fixture) {
		p := s.start()
		s.client.config.Dial = nil // as if it had been an address
		s.client.config.Server = "chat:1"
		for _, verb := range []string{"LOGIN", "register", "PASSWD"} {
			_, err := s.client.Do(s.Context(), proto.Command{Verb: verb, Text: "alice s3cret"})
			s.mustRefuse(err, NotSecure)
		}
		p.answerQuit()
	})
}

// TestBadLogin: what cannot be tried is said at once.
func TestBadLogin(t *testing.T) {
	for _, config := range []Config{
		{Account: "alice"}, {Account: "alice", Password: "two\nlines"}, {Account: "alice", Password: "\xff"}, {Account: "alice", Password: "a\x00b"},
	} {
		config.Server = "localhost:1"
		if err := config.prepare(); !errors.Is(err, ErrConfig) || config.Password != "" && strings.Contains(err.Error(), config.Password) {
			t.Errorf("%+v: %v", config, err)
		}
	}
	bad := Config{Server: "localhost:1", Account: "no blanks", Password: "s3cret"}
	if err := bad.prepare(); !errors.Is(err, BadName) {
		t.Errorf("a bad name: %v", err)
	}
}

// TestPasswordIsNotLogged: nor is it in an error, where the server says no.
func TestPasswordIsNotLogged(t *testing.T) {
	var log bytes.Buffer
	config := withLogin
	config.Log = logTo(&log, slog.LevelDebug)
	play(t, config, func(s *fixture) {
		p := s.loggedIn()
		change := s.do("PASSWD")
		p.expect("PASSWD", "")
		p.say(refusing("PASSWD", BadPassword))
		_, err := change()
		fmt.Fprintln(&log, err)
		p.cut()
		p = s.accept()
		p.hello("guest-2")
		p.expect("LOGIN alice s3 cret")
		p.say(refusing("LOGIN", BadLogin))
		fmt.Fprintln(&log, s.client.Close())
	})
	if got := log.String(); strings.Contains(got, "cret") || !strings.Contains(got, "verb=LOGIN code=bad-login") {
		t.Errorf("logged\n%s", got)
	}
}
