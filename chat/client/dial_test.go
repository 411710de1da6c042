package client

import (
	"testing"
	"time"

	"linechat/chatd/proto"
)

// TestDial: how long a first connection is tried, and what ends it at once.
func TestDial(t *testing.T) {
	for _, test := range []struct {
		name string
		config
		server   func(*fixture)
		want     error
		code     proto.Code
		attempts time.Duration // how long they take
	}{
		{name: "once", config: config{DialTimeout: -1}, server: func(s *fixture) { s.refuse() }, want: errRefused},
		{name: "for a while", config: config{DialTimeout: 4 * time.Second}, server: func(s *fixture) { s.refuse(); s.refuse(); s.refuse() }, want: errRefused, attempts: 3 * time.Second},
		{name: "without an answer", config: config{DialTimeout: -1}, server: func(s *fixture) { s.accept() }, want: ErrConnect, attempts: attemptTimeout},
		{name: "up to the nick", config: config{DialTimeout: 5 * time.Second, Nick: "alice"}, server: func(s *fixture) { s.acceptClient() }, want: ErrConnect, attempts: 5 * time.Second},
		{name: "nick taken", config: config{DialTimeout: time.Hour, Nick: "alice"}, server: func(s *fixture) {
			p := s.acceptClient()
			p.say(ok("FORMAT", "format", "json"))
			p.expect("NICK alice key")
			p.say(refusing("NICK", proto.NickTaken))
		}, code: proto.NickTaken},
		{name: "stopping", config: config{DialTimeout: 4 * time.Second, Nick: "alice"}, server: func(s *fixture) {
			for _, answers := range [][2]string{
				{"ERR FORMAT stopping no", "OK NICK alice"},
				{ok("FORMAT", "format", "json"), refusing("NICK", proto.Stopping)},
				{ok("FORMAT", "format", "json"), refusing("NICK", proto.Stopping)},
			} {
				p := s.acceptClient()
				p.say(answers[0])
				p.expect("NICK alice key")
				p.say(answers[1])
			}
		}, want: proto.Stopping, attempts: 3 * time.Second},
		{name: "no chat server", config: config{DialTimeout: time.Hour}, server: func(s *fixture) {
			p := s.accept()
			p.say("220 mail.example ESMTP")
		}, want: ErrProtocol},
		{name: "no HELLO", config: config{DialTimeout: time.Hour}, server: func(s *fixture) { s.accept().say("NOTICE hi") }, want: ErrProtocol},
		{name: "no json", config: config{DialTimeout: time.Hour}, server: func(s *fixture) {
			p := s.acceptClient()
			p.say("ERR FORMAT internal no")
		}, want: ErrProtocol},
		{name: "another version", config: config{DialTimeout: time.Hour}, server: func(s *fixture) { s.accept().say("HELLO chatd/2 guest-1 hi") }, want: ErrProtocol},
		{name: "full", config: config{DialTimeout: -1}, server: func(s *fixture) { s.accept().say("BYE too-many come back later") }, want: ErrConnect},
	} {
		t.Run(test.name, func(t *testing.T) {
			play(t, Config{DialTimeout: test.DialTimeout, Nick: test.Nick}, func(s *fixture) {
				began := time.Now()
				dialled := async(func() (*Client, error) { return Dial(s.Context(), s.config) })
				test.server(s)
				_, err := dialled()
				if test.code != "" {
					s.mustRefuse(err, test.code)
					return
				}
				s.mustBe(err, test.want)
				s.mustBe(err, ErrConnect)
				if took := time.Since(began); took != test.attempts {
					s.Errorf("it took %v, want %v", took, test.attempts)
				}
			})
		})
	}
}

// acceptClient takes a connection up to the client's first command.
func (s *fixture) acceptClient() *peer {
	s.Helper()
	p := s.accept()
	p.say("HELLO chatd/1 guest-1 Type HELP")
	p.expect("FORMAT json")
	return p
}

// config is the part of Config that TestDial varies.
type config struct {
	Nick        string
	DialTimeout time.Duration
}

// TestDialLate: what failed attempts have said is no event.
func TestDialLate(t *testing.T) {
	play(t, Config{DialTimeout: time.Minute}, func(s *fixture) {
		dialled := async(func() (*Client, error) { return Dial(s.Context(), s.config) })
		p := s.accept()
		p.say("HELLO chatd/1 guest-1 Type HELP", "NOTICE not to be seen")
		p.cut()
		p = s.accept()
		p.say("HELLO chatd/1 guest-1 Type HELP", "NOTICE the message of the day")
		p.expect("FORMAT json")
		p.say(ok("FORMAT", "format", "json"))
		var err error
		if s.client, err = dialled(); err != nil {
			s.Fatal(err)
		}
		s.wants("NOTICE the message of the day", "connecting → INIT")
		p.answerQuit()
	})
}
