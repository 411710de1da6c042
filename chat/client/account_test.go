package client

import (
	"strings"
	"testing"

	"linechat/chatd/proto"
)

// TestAccountCommands: what REGISTER, LOGIN, PASSWD and LOGOUT have changed is so on the
// next connection.
func TestAccountCommands(t *testing.T) {
	play(t, Config{}, func(s *fixture) {
		p := s.start()
		do := func(verb, text, sent string, nick string, words ...string) {
			s.Helper()
			wait := async(func() (Reply, error) {
				return s.client.Do(s.Context(), proto.Command{Verb: verb, Words: words, Text: text})
			})
			p.expect(sent)
			p.say(ok(verb, "nick", nick))
			if _, err := wait(); err != nil {
				s.Fatal(err)
			}
		}
		again := func(login string) {
			s.Helper()
			p.cut()
			p = s.accept()
			p.hello("guest-2")
			if login != "" {
				p.expect(login)
				p.say(ok("LOGIN", "nick", "alice"))
			}
			s.wants("INIT → lost: EOF", "lost → connecting")
			s.wantsChange(Init)
		}
		do("LOGIN", "first one", "LOGIN alice first one", "alice", "alice")
		s.wants("INIT → INIT as alice")
		again("LOGIN alice first one")
		do("PASSWD", "second", "PASSWD second", "alice")
		again("LOGIN alice second")
		do("LOGOUT", "", "LOGOUT", "guest-3")
		s.wants("INIT → INIT as guest-3")
		if got := s.client.Session().Account; got != "" {
			s.Errorf("the account is %s", got)
		}
		again("")
		do("REGISTER", "third", "REGISTER third", "alice")
		s.wants("INIT → INIT as alice")
		again("LOGIN alice third")
		p.answerQuit()
	})
}

// wantsChange takes events up to the one that leads to a state.
func (s *fixture) wantsChange(to State) {
	s.Helper()
	for e := range s.client.Events() {
		if change, ok := e.(StateChange); ok && change.To.State == to {
			return
		}
	}
	s.Fatalf("the events end before %v", to)
}

// TestEmptyPassword: where a command has no password the next command is not taken for it.
func TestEmptyPassword(t *testing.T) {
	play(t, Config{}, func(s *fixture) {
		p := s.start()
		for _, command := range []proto.Command{
			{Verb: "REGISTER"}, {Verb: "PASSWD"}, {Verb: "LOGIN", Words: []string{"alice"}},
		} {
			answer := async(func() (Reply, error) { return s.client.Do(s.Context(), command) })
			line, _ := command.Append(nil)
			p.expect(strings.TrimSpace(string(line)), "")
			p.say(refusing(command.Verb, BadPassword))
			_, err := answer()
			s.mustRefuse(err, BadPassword)
		}
		p.answerQuit()
	})
}

// TestEnded: a session that was ended is not begun again.
func TestEnded(t *testing.T) {
	play(t, withLogin, func(s *fixture) {
		p := s.loggedIn()
		p.say(`{"type":"bye","code":"ended","text":"ended by alice"}`)
		p.cut()
		s.wants("BYE ended ended by alice", "INIT → closed: client: the session was ended: ended by alice", "the end")
		s.mustBe(s.client.Close(), ErrEnded)
	})
}

// TestDropped: a room that was dropped is not joined again.
func TestDropped(t *testing.T) {
	play(t, Config{}, func(s *fixture) {
		p := s.start()
		p.join("go", 0)
		p.join("dev", 0)
		s.wants("INIT → IN_ROOM in go", "IN_ROOM → IN_ROOM in go, dev")
		p.say(`{"type":"left","room":"dev","nick":"guest-1","why":"dropped"}`)
		s.wants("LEFT dev guest-1 dropped", "IN_ROOM → INIT in go")
		p.cut()
		p = s.accept()
		p.hello("guest-2")
		p.expect("JOIN go AFTER 0")
		p.say(ok("JOIN", "room", "go", "members", 1, "seq", 0))
		s.wants("INIT → lost: EOF", "lost → connecting", "connecting → connecting as guest-2", "connecting → IN_ROOM in go")
		p.answerQuit()
	})
}

// TestAccountOfMessage: a post says which account it is of.
func TestAccountOfMessage(t *testing.T) {
	play(t, Config{}, func(s *fixture) {
		p := s.start()
		p.join("go", 0)
		s.wants("INIT → IN_ROOM in go")
		p.say(`{"type":"msg","room":"go","seq":1,"time":"2026-11-23T10:00:00.000Z","nick":"bob","account":"bob","text":"hi"}`, msg("go", 2, "carol", "hi"))
		for _, want := range []string{"bob", ""} {
			if m := (<-s.client.Events()).(Message); m.Account != want {
				s.Errorf("the account of %+v is not %q", m, want)
			}
		}
		p.answerQuit()
	})
}
