package client

import (
	"errors"
	"net"
	"slices"
	"testing"
	"time"

	"linechat/chatd/proto"
)

// playServers runs a test with several servers, a, b and so on, which are tried in this
// order. What the fixture accepts or refuses is a connection to the server of at.
func playServers(t *testing.T, config Config, count int, act func(s *fixture, at func(server string))) {
	t.Helper()
	play(t, config, func(s *fixture) {
		conns := map[string]chan net.Conn{}
		for _, name := range []string{"a", "b", "c"}[:count] {
			conns[name] = make(chan net.Conn)
			s.config.servers = append(s.config.servers, server{name, dialFrom(conns[name])})
		}
		at := func(server string) { s.conns = conns[server] }
		at("a")
		act(s, at)
	})
}

// wantsServer wants the client to be connected to a server, so long after a time.
func (s *fixture) wantsServer(want string, began time.Time, after time.Duration) {
	s.Helper()
	if got, took := s.client.Session().Server, time.Since(began); got != want || took != after {
		s.Errorf("the server is %q after %v, not %q after %v", got, took, want, after)
	}
}

// TestServersDial: servers that cannot be used are passed over at once.
func TestServersDial(t *testing.T) {
	playServers(t, Config{DialTimeout: -1}, 3, func(s *fixture, at func(string)) {
		began := time.Now()
		dialled := async(func() (*Client, error) { return Dial(s.Context(), s.config) })
		s.refuse()
		at("b")
		s.accept().say("BYE too-many come back later")
		at("c")
		p := s.accept()
		p.greet()
		var err error
		if s.client, err = dialled(); err != nil {
			s.Fatal(err)
		}
		s.wantsServer("c", began, 0)
		p.answerQuit()
	})
}

// TestServersDialFails: when none can be used it is said why of each, and there is a
// pause, or an end, only after all.
func TestServersDialFails(t *testing.T) {
	for _, test := range []struct {
		name     string
		timeout  time.Duration
		act      func(s *fixture, at func(string))
		want     string
		attempts time.Duration // how long they take
	}{
		{"once", -1, func(s *fixture, at func(string)) {
			s.refuse()
			at("b")
			s.accept().say("HELLO")
		}, "a: refused; b: " + ErrProtocol.Error() + ": a line of 5 bytes is not of it", 0},
		{"again", 2 * time.Second, func(s *fixture, at func(string)) {
			for range 2 {
				at("a")
				s.refuse()
				at("b")
				s.accept().say("HELLO")
			}
		}, "a: refused; b: " + ErrProtocol.Error() + ": a line of 5 bytes is not of it", time.Second},
		{"for good", time.Hour, func(s *fixture, at func(string)) {
			s.accept().say("220 mail.example ESMTP")
			at("b")
			s.accept().say("HELLO")
		}, "a: " + ErrProtocol.Error() + ": a line of 22 bytes is not of it; b: " + ErrProtocol.Error() + ": a line of 5 bytes is not of it", 0},
		{"a silent one leaves time for the other", 1500 * time.Millisecond, func(s *fixture, at func(string)) {
			at("b")
			s.refuse()
		}, "a: the server does not answer; b: refused", 750 * time.Millisecond},
	} {
		t.Run(test.name, func(t *testing.T) {
			playServers(t, Config{DialTimeout: test.timeout}, 2, func(s *fixture, at func(string)) {
				began := time.Now()
				dialled := async(func() (*Client, error) { return Dial(s.Context(), s.config) })
				test.act(s, at)
				_, err := dialled()
				var failures ServerErrors
				s.mustBe(err, ErrConnect)
				if took := time.Since(began); !errors.As(err, &failures) || failures.Error() != test.want || took != test.attempts {
					s.Errorf("after %v it is %v, not %s", took, err, test.want)
				}
			})
		})
	}
}

// TestServersRefused: what one server refuses the others are not asked for.
func TestServersRefused(t *testing.T) {
	playServers(t, Config{Nick: "alice"}, 2, func(s *fixture, _ func(string)) {
		dialled := async(func() (*Client, error) { return Dial(s.Context(), s.config) })
		p := s.acceptClient()
		p.say(ok("FORMAT", "format", "json"))
		p.expect("NICK alice key")
		p.say(refusing("NICK", proto.NickTaken))
		_, err := dialled()
		s.mustRefuse(err, proto.NickTaken)
	})
}

// TestServersMove: a server that dies or stops is left for the next one, with nick, rooms
// and the posts that have no answer; so is one that refuses connections meanwhile.
func TestServersMove(t *testing.T) {
	for name, end := range map[string]func(*peer){
		"dies":  (*peer).cut,
		"stops": func(p *peer) { p.say(`{"type":"bye","code":"shutdown","text":"stopping"}`) },
	} {
		t.Run(name, func(t *testing.T) {
			playServers(t, Config{Nick: "alice"}, 3, func(s *fixture, at func(string)) {
				p := s.start()
				p.join("go", 0)
				first, second := s.post("go", "first"), s.post("go", "second")
				keys := []string{p.hearPost("go", "first"), p.hearPost("go", "second")}
				p.say(msg("go", 1, "alice", "first")) // its OK does not come any more
				began := time.Now()
				end(p)
				at("b")
				s.accept().say("BYE too-many come back later")
				at("c")
				p = s.accept()
				p.greet()
				p.expect("JOIN go AFTER 1")
				p.say(ok("JOIN", "room", "go", "members", 1, "seq", 1))
				if again := []string{p.hearPost("go", "first"), p.hearPost("go", "second")}; !slices.Equal(again, keys) {
					t.Errorf("they are sent again as %q, not as %q", again, keys)
				}
				p.say(ok("POST", "room", "go", "seq", 1), msg("go", 2, "alice", "second"), ok("POST", "room", "go", "seq", 2))
				for want, wait := range map[uint64]func() (uint64, error){1: first, 2: second} {
					if seq, err := wait(); seq != want || err != nil {
						t.Errorf("number %d is %d, %v", want, seq, err)
					}
				}
				s.wantsServer("c", began, time.Second)
				p.answerQuit()
			})
		})
	}
}

// TestServersPause: after a round of failures the pause is that of reconnecting, and the
// time for it that of all.
func TestServersPause(t *testing.T) {
	playServers(t, Config{ReconnectTimeout: 5 * time.Second}, 2, func(s *fixture, at func(string)) {
		began := time.Now()
		s.start().cut()
		for _, server := range []string{"b", "a", "b", "a"} {
			at(server)
			s.refuse()
		}
		for range s.client.Events() {
		}
		s.mustBe(s.client.Err(), ErrLost)
		s.mustBe(s.client.Err(), errRefused)
		if took := time.Since(began); took != 3*time.Second { // a second before the first round, two before the other
			t.Errorf("it took %v", took)
		}
	})
}

// TestServersBehind: a server that knows less of a room than the client is left, and
// believed only when as many in a row have said so as there are.
func TestServersBehind(t *testing.T) {
	for _, code := range []proto.Code{BadPosition, NoSuchRoom} {
		playServers(t, Config{}, 2, func(s *fixture, at func(string)) {
			p := s.start()
			p.join("go", 3)
			s.wants("INIT → IN_ROOM in go")
			resume := func(server string, answer string) {
				at(server)
				p = s.accept()
				p.greet()
				p.expect("JOIN go AFTER 3")
				p.say(answer)
			}
			doubted := "connecting → lost: the server may be behind the others: " + string(code) + ": no"
			for range 2 { // who was right meanwhile is not counted
				p.cut()
				s.wants("IN_ROOM → lost: EOF", "lost → connecting")
				resume("b", refusing("JOIN", code))
				s.wants(doubted, "lost → connecting")
				resume("a", ok("JOIN", "room", "go", "members", 1, "seq", 3))
				s.wants("connecting → IN_ROOM in go")
			}
			p.cut()
			s.wants("IN_ROOM → lost: EOF", "lost → connecting")
			resume("b", refusing("JOIN", code))
			s.wants(doubted, "lost → connecting")
			resume("a", refusing("JOIN", code))
			if code == NoSuchRoom {
				s.wants("room lost go: no-such-room: no")
				return
			}
			p.expect("JOIN go")
			p.say(ok("JOIN", "room", "go", "members", 1, "seq", 1))
			s.wants("room reset go 3 1", "connecting → IN_ROOM in go")
			p.answerQuit()
		})
	}
}

// TestServersLogin: a login that was one is none any more when all servers say so.
func TestServersLogin(t *testing.T) {
	playServers(t, withLogin, 2, func(s *fixture, at func(string)) {
		login := func(server, answer string) *peer {
			at(server)
			p := s.accept()
			p.hello("guest-2")
			p.expect("LOGIN alice s3 cret")
			p.say(answer)
			return p
		}
		s.loggedIn().cut()
		login("b", refusing("LOGIN", BadLogin))
		doubted := "connecting → lost: the server may be behind the others: bad-login: no"
		s.wants("INIT → lost: EOF", "lost → connecting", doubted, "lost → connecting")
		p := login("a", ok("LOGIN", "nick", "alice"))
		s.wants("connecting → INIT")
		p.cut()
		s.wants("INIT → lost: EOF", "lost → connecting")
		login("b", refusing("LOGIN", BadLogin))
		login("a", refusing("LOGIN", BadLogin))
		s.wants(doubted, "lost → connecting", "connecting → closed: bad-login: no", "the end")
	})
}

// TestCaughtUp: a server that has caught up with the client, and more, while the client
// took it for one that has lost its posts, brings back what was missed.
func TestCaughtUp(t *testing.T) {
	play(t, Config{}, func(s *fixture) {
		p := s.start()
		p.join("go", 3)
		p.cut()
		s.wants("INIT → IN_ROOM in go", "IN_ROOM → lost: EOF", "lost → connecting")
		p = s.accept()
		p.greet()
		p.expect("JOIN go AFTER 3")
		p.say(refusing("JOIN", BadPosition))
		p.expect("JOIN go")
		p.say(ok("JOIN", "room", "go", "members", 1, "seq", 5), msg("go", 6, "bob", "six"))
		p.expect("JOIN go AFTER 3")
		p.say(past("go", 4, "bob", "four"), past("go", 5, "bob", "five"), past("go", 6, "bob", "six"), ok("JOIN", "room", "go", "members", 1, "seq", 6))
		s.wants("past MSG go 4 bob four", "past MSG go 5 bob five", "past MSG go 6 bob six", "connecting → IN_ROOM in go")
		p.answerQuit()
	})
}

// TestServersShuffled: the order is another one each time, and each server comes first.
func TestServersShuffled(t *testing.T) {
	firsts := map[string]bool{}
	for range 200 {
		config := Config{Server: "a:1,tls://b:2,unix:///c"}
		if err := config.prepare(); err != nil || len(config.servers) != 3 {
			t.Fatalf("%v, of %v", err, config.servers)
		}
		firsts[config.servers[0].name] = true
	}
	if len(firsts) != 3 {
		t.Errorf("first come only %v", firsts)
	}
}
