package ui

import (
	"strings"
	"testing"

	"linechat/chat/client"
	"linechat/chat/internal/prompt"
	"linechat/chatd/proto"
)

// TestSecret: which lines the prompt asks a password for, in a room and in none.
func TestSecret(t *testing.T) {
	login, newOne := prompt.Secret{Question: "Password of alice: "}, prompt.Secret{Question: "New password: ", Twice: true}
	for line, want := range map[string]struct{ inRoom, inNone prompt.Secret }{
		"/login alice":        {login, login},
		" /LOGIN alice ":      {login, login},
		"login alice":         {inNone: login},
		"/register":           {newOne, newOne},
		"/passwd":             {newOne, newOne},
		"passwd":              {inNone: newOne},
		"/login":              {},
		"/login alice s3cret": {},
		"/passwd s3cret":      {},
		"/in go passwd":       {},
		"//login alice":       {},
		"/logout":             {},
		"/":                   {},
		"hello":               {},
		"":                    {},
	} {
		w := &completer{}
		for _, inRoom := range []bool{true, false} {
			w.choices.Store(&choices{posts: inRoom})
			if want := map[bool]prompt.Secret{true: want.inRoom, false: want.inNone}[inRoom]; w.secret(line) != want {
				t.Errorf("%q, in a room: %v: %+v, not %+v", line, inRoom, w.secret(line), want)
			}
		}
		w.choices.Store(&choices{insecure: true})
		if got := w.secret(line); got != (prompt.Secret{}) {
			t.Errorf("%q where it is not to be sent: %+v", line, got)
		}
	}
}

// enterSecret types a line, and what the prompt asks for besides.
func (s *fixture) enterSecret(text, secret string) {
	s.Helper()
	s.enterLine(prompt.Line{Text: text, Secret: secret})
}

// TestPassword: it goes with its command, and with no other.
func TestPassword(t *testing.T) {
	play(t, "go", func(s *fixture) {
		s.enterSecret("/login alice", "s3 cret")
		if c := s.answer("LOGIN", proto.Line{Verb: "LOGIN", Nick: "alice"}); c.Text != "s3 cret" || c.Words[0] != "alice" {
			t.Errorf("sent is %+v", c)
		}
		s.sees("-- you are logged in as alice")
		s.enter("/passwd typed before")
		if c := s.answer("PASSWD", proto.Line{Verb: "PASSWD", Nick: "alice"}); c.Text != "typed before" {
			t.Errorf("sent is %+v", c)
		}
		s.sees("-- the password of alice is changed, and its other sessions that used the old one are ended")
		s.enter("/register")
		if c := s.answer("REGISTER", proto.Line{Verb: "REGISTER", Nick: "alice"}); c.Text != "" {
			t.Errorf("sent is %+v", c)
		}
		s.sees("-- alice is your account now; /login alice logs you in wherever you are")
		s.enterSecret("/login alice", "wrong")
		s.refuse("LOGIN", &proto.Error{Code: client.BadLogin, Text: "no such account, or another password; REGISTER makes one"})
		s.sees("! no such account, or another password; /register makes one")
	})
}

// TestPasswordInPlainLines: it is the next line, whatever that looks like.
func TestPasswordInPlainLines(t *testing.T) {
	play(t, "go", func(s *fixture) {
		s.ui.plain = true
		s.enter("/login alice")
		s.sees("-- the next line is the password")
		s.enter("/quit")
		if c := s.answer("LOGIN", proto.Line{Verb: "LOGIN", Nick: "alice"}); c.Text != "/quit" {
			t.Errorf("sent is %+v", c)
		}
		s.sees("-- you are logged in as alice")
		s.enter("hello")
		s.wantPost("POST", "go", "hello")
	})
}

// TestPasswordIsNotSent: where others may read it, neither typed in the line nor asked for.
func TestPasswordIsNotSent(t *testing.T) {
	playWith(t, Config{Room: "go", Insecure: true}, func(s *fixture) {
		for _, line := range []string{"/login alice", "/login alice s3cret", "/register", "/passwd s3cret"} {
			s.enter(line)
			s.sees("! a password is not sent over a connection that others may read; start chat with --server tls://..., or on the server's machine")
		}
		if s.asks("LOGIN") || s.asks("REGISTER") || s.asks("PASSWD") {
			t.Error("it was sent")
		}
	})
}

// TestPasswordWithoutConnection: what waits to be sent is shown without it.
func TestPasswordWithoutConnection(t *testing.T) {
	play(t, "go", func(s *fixture) {
		s.lose(s.ui.now())
		s.clear()
		s.enterSecret("/login alice", "s3cret")
		s.sees("-- not connected; /login will be sent later")
		s.refuse("LOGIN", client.ErrLost)
		s.sees("! the connection was lost before /login was answered; it may have taken effect")
	})
}

// TestAccountAnswers: what is said about accounts, in words.
func TestAccountAnswers(t *testing.T) {
	const since = "2026-11-23T10:00:00.000Z"
	for _, test := range []struct {
		enter string
		ok    proto.Line
		lines []proto.Line
		want  string
	}{
		{"/logout", proto.Line{Verb: "LOGOUT", Nick: "guest-1"}, nil, "-- you are logged out"},
		{"/unregister", proto.Line{Verb: "UNREGISTER", Nick: "guest-1"}, nil, "-- the account is given up; for 90 days nobody else gets its name"},
		{"/end 7", proto.Line{Verb: "END", ID: "7"}, nil, "-- session 7 is ended"},
		{"/sessions", proto.Line{Verb: "SESSIONS", Shown: 2}, []proto.Line{
			{Type: proto.SESSION, ID: "7", Nick: "alice", Door: "tls", Since: since}, {Type: proto.SESSION, ID: "8", Nick: "alice", Door: "ssh", Since: "-"},
		}, "-- session 7 of alice over tls, since 23 Nov 2026 10:00\n-- session 8 of alice over ssh, since an unknown time"},
		{"/keys", proto.Line{Verb: "KEYS"}, []proto.Line{{Type: proto.KEY, Fingerprint: "SHA256:abc", Kind: "ssh", Since: since, State: "proved", Text: "laptop"}},
			"-- ssh key SHA256:abc, proved, since 23 Nov 2026 10:00 laptop"},
		{"/keys", proto.Line{Verb: "KEYS"}, nil, "-- the account has no key"},
		{"/keys ADD", proto.Line{Verb: "KEYS", Fingerprint: "SHA256:abc"}, nil, "-- done: SHA256:abc"},
		{"/limits", proto.Line{Verb: "LIMITS"}, []proto.Line{
			{Type: proto.LIMIT, Name: "line-bytes", Value: "8192"}, {Type: proto.LIMIT, Name: "rooms-joined", Value: "200", Left: "199"},
		}, "-- line-bytes: 8192\n-- rooms-joined: 199 left of 200"},
		{"/whois bob", proto.Line{Verb: "WHOIS", Nick: "bob"}, []proto.Line{{Type: proto.WHOIS, Nick: "bob", Role: "account", Since: since, State: "here", Text: "dev go"}},
			"-- bob has an account, since 23 Nov 2026 10:00; here; rooms that both of you are in: dev go"},
		{"/whois carol", proto.Line{Verb: "WHOIS", Nick: "carol"}, []proto.Line{{Type: proto.WHOIS, Nick: "carol", Role: "guest", Since: since, State: "away"}},
			"-- carol is a guest, since 23 Nov 2026 10:00; away; rooms that both of you are in: none"},
	} {
		play(t, "go", func(s *fixture) {
			s.enter(test.enter)
			s.answer(test.ok.Verb, test.ok, test.lines...)
			s.sees(strings.Split(test.want, "\n")...)
		})
	}
}

// TestDropped: a room that is deleted is one that the person is no longer in.
func TestDropped(t *testing.T) {
	play(t, "go", func(s *fixture) {
		s.removed("go", "dropped")
		s.sees("00:00 -- you are no longer in go: an administrator has deleted it")
		s.enter("nobody reads this")
		s.sees("! not posted: you are no longer in go; /join enters a room", "!   nobody reads this")
	})
}

// TestHelpOfAccounts: who logs in has other commands.
func TestHelpOfAccounts(t *testing.T) {
	play(t, "go", func(s *fixture) {
		s.move(func(to *client.Session) { to.Account = "alice" }, nil)
		s.answer("HELP", proto.Line{Verb: "HELP"}, proto.Line{Type: proto.HELP, Verb: "MINE", Text: "- is for accounts"})
		s.wantCompleted("/mi", "/mine ")
	})
}
