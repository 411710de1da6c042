package client

import (
	"testing"
)

// TestHostile: what no server of the protocol says costs the connection, and no
// more.
func TestHostile(t *testing.T) {
	long := make([]byte, maxLine+1)
	for i := range long {
		long[i] = 'x'
	}
	for name, lines := range map[string][]string{
		"nonsense":              {"\x16\x03\x01"},
		"broken JSON":           {`{"type":"msg"`},
		"no type":               {`{"room":"go"}`},
		"an endless line":       {`{"type":"notice","text":"` + string(long) + `"}`},
		"a long name":           {`{"type":"left","room":"go","nick":"` + string(long[:600]) + `","why":"` + string(long[:600]) + `"}`},
		"an answer unasked":     {ok("PING")},
		"a post without a room": {`{"type":"msg","seq":1,"text":"x"}`},
		"a post of no number":   {`{"type":"msg","room":"go","text":"x"}`},
	} {
		t.Run(name, func(t *testing.T) {
			play(t, Config{}, func(s *fixture) {
				p := s.start()
				go func() {
					for _, line := range lines {
						_, _ = p.net.Write([]byte(line + "\n"))
					}
				}()
				e, _ := (<-s.client.Events()).(StateChange)
				s.mustBe(e.Err, ErrProtocol)
				if e.To.State != Lost {
					s.Errorf("it is %v", e.To)
				}
			})
		})
	}
	for name, line := range map[string]string{
		"another verb":         ok("WHO"),
		"a room without name":  ok("JOIN", "members", 1),
		"a number below zero":  ok("JOIN", "room", "go", "seq", -1),
		"a number that is not": ok("JOIN", "room", "go", "seq", "x"),
	} {
		t.Run(name, func(t *testing.T) {
			play(t, Config{}, func(s *fixture) {
				p := s.start()
				joined := s.do("JOIN", "go")
				p.expect("JOIN go")
				p.say(line)
				_, err := joined()
				if name == "a room without name" {
					err = (<-s.client.Events()).(StateChange).Err
				}
				s.mustBe(err, ErrProtocol)
			})
		})
	}
}

// TestClean: what could disturb a terminal reaches no event, whatever the server
// says.
func TestClean(t *testing.T) {
	play(t, Config{}, func(s *fixture) {
		p := s.start()
		p.say(`{"type":"tell","nick":"b\u001b[31mob","text":"\u001b]0;x\u0007ding\u0007\u202e"}`, "NOTICE \x1b[2Jtext")
		s.wants("TELL bob ding", "NOTICE text")
		p.answerQuit()
	})
}

// TestUnknownFields: what is not known is passed over.
func TestUnknownFields(t *testing.T) {
	play(t, Config{}, func(s *fixture) {
		p := s.start()
		known := s.do("PING")
		p.expect("PING")
		p.say(`{"type":"weather","text":"rain"}`, `{"type":"ok","verb":"PING","weather":{"rain":true}}`)
		if _, err := known(); err != nil {
			s.Error(err)
		}
		future := s.do("KICK", "bob")
		p.expect("KICK bob")
		p.say(ok("KICK", "nick", "bob"))
		if r, err := future(); err != nil || r.OK.Verb != "KICK" {
			s.Errorf("KICK: %v, %v", r, err)
		}
		p.answerQuit()
	})
}
