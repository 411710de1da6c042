package client

import (
	"context"
	"errors"
	"testing"

	"linechat/chatd/proto"
)

// send sends a command whose answer is an event.
func (s *fixture) send(verb, text string, words ...string) *Request {
	s.Helper()
	r, err := s.client.Send(proto.Command{Verb: verb, Words: words, Text: text})
	if err != nil {
		s.Fatal(err)
	}
	return r
}

// TestOrder: answers and events come in the order of the wire, and a StateChange
// before the answer that has caused it.
func TestOrder(t *testing.T) {
	play(t, Config{Nick: "alice"}, func(s *fixture) {
		p := s.start()
		join := s.send("JOIN", "", "go", "LAST", "1")
		p.expect("JOIN go LAST 1")
		p.say(past("go", 1, "bob", "one"), ok("JOIN", "room", "go", "members", 2, "seq", 1), msg("go", 2, "bob", "two"))
		s.wants("INIT → IN_ROOM in go", "answer to JOIN go LAST 1: 1 lines, OK JOIN", "MSG go 2 bob two")
		if r, err := join.Wait(s.Context()); err != nil || r.OK.Seq != 1 || len(r.Posts().Past) != 1 {
			s.Errorf("JOIN: %+v, %v", r, err)
		}
		s.send("POST", "three")
		s.send("WHO", "")
		key := p.hearPost("go", "three")
		p.expect("WHO")
		p.say(msg("go", 3, "alice", "three"), ok("POST", "room", "go", "seq", 3), msg("go", 4, "bob", "four"),
			`{"type":"user","room":"go","nick":"bob"}`, ok("WHO", "room", "go"), msg("go", 5, "bob", "five"))
		s.wants("MSG go 3 alice three", "answer to IN go ONCE "+key+" POST three: 0 lines, OK POST", "MSG go 4 bob four",
			"answer to WHO: 1 lines, OK WHO", "MSG go 5 bob five")
		s.send("NICK", "", "carol")
		p.expect("NICK carol key")
		p.say(ok("NICK", "nick", "carol"))
		s.wants("IN_ROOM → IN_ROOM in go as carol", "answer to NICK carol key: 0 lines, OK NICK")
		p.answerQuit()
	})
}

// TestAnswersLost: a command whose answer is lost is answered by that, after the
// StateChange; a post is when it was stored, and what was not sent waits.
func TestAnswersLost(t *testing.T) {
	play(t, Config{}, func(s *fixture) {
		p := s.start()
		s.send("WHOAMI", "")
		posted, err := s.client.Send(proto.Command{Verb: "POST", Room: "go", Text: "one", Once: "k"})
		if err != nil {
			s.Fatal(err)
		}
		p.expect("WHOAMI", "IN go ONCE k POST one")
		p.cut()
		s.wants("INIT → lost: EOF", "answer to WHOAMI: client: connection lost: EOF")
		s.send("PING", "later")
		s.wants("lost → connecting")
		p = s.accept()
		p.greet()
		p.expect("IN go ONCE k POST one", "PING later")
		p.say(ok("POST", "room", "go", "seq", 7), ok("PING"))
		s.wants("connecting → INIT", "answer to IN go ONCE k POST one: 0 lines, OK POST", "answer to PING later: 0 lines, OK PING")
		<-posted.Done()
		p.answerQuit()
	})
}

// TestAnswersClosed: Close answers what is under way, which the requests say.
func TestAnswersClosed(t *testing.T) {
	play(t, Config{}, func(s *fixture) {
		p := s.start()
		sent := s.send("WHO", "")
		p.expect("WHO")
		closed := async(func() (int, error) { return 0, s.client.Close() })
		p.expect("QUIT")
		unsent := s.send("WHO", "")
		if _, err := closed(); err != nil {
			s.Errorf("Close: %v", err)
		}
		_, err := sent.Wait(s.Context())
		s.mustBe(err, ErrLost)
		_, err = unsent.Wait(s.Context())
		s.mustBe(err, ErrClosed)
		if _, err := s.client.Send(proto.Command{Verb: "WHO"}); !errors.Is(err, ErrClosed) {
			s.Errorf("Send after Close: %v", err)
		}
		s.wants("the end")
	})
}

// TestAnswersBeforeTheEnd: a client that ends by itself answers first. The last
// event is the StateChange to Closed.
func TestAnswersBeforeTheEnd(t *testing.T) {
	play(t, Config{ReconnectTimeout: -1}, func(s *fixture) {
		p := s.start()
		s.send("WHO", "")
		p.expect("WHO")
		p.cut()
		s.wants("answer to WHO: client: connection lost: client: connection lost: EOF", "INIT → closed: client: connection lost: EOF", "the end")
	})
}

// TestSendRefused: what is no command of the protocol is refused at once, and has
// no answer.
func TestSendRefused(t *testing.T) {
	play(t, Config{}, func(s *fixture) {
		p := s.start()
		_, err := s.client.Send(proto.Command{Verb: "JOIN", Words: []string{"two words"}})
		s.mustRefuse(err, BadArguments)
		s.wantsNone()
		p.answerQuit()
	})
}

// TestSendUnread: beyond the hard limit a command of Send is answered by
// ErrUnread, in its place.
func TestSendUnread(t *testing.T) {
	play(t, Config{limits: limits{soft: 1_000, hard: 2_000, reply: 1_000_000}}, func(s *fixture) {
		p := s.start()
		p.join("go", 0)
		r := s.send("PING", "")
		p.expect("PING")
		go func() {
			for i := range 100 {
				p.say(msg("go", i+1, "bob", "x"))
			}
			p.say(ok("PING"))
		}()
		_, err := r.Wait(s.Context())
		s.mustBe(err, ErrUnread)
		s.wants("INIT → IN_ROOM in go")
		answers, messages := 0, 0
		for messages < 100 {
			switch e := (<-s.client.Events()).(type) {
			case Message:
				messages++
			case Answer:
				s.mustBe(e.Err, ErrUnread)
				answers++
			}
		}
		s.wantsNone()
		if answers != 1 {
			s.Errorf("there were %d answers", answers)
		}
		p.answerQuit()
	})
}

// TestGivenUp: a command of Send that Wait gives up is answered by that, once.
func TestGivenUp(t *testing.T) {
	play(t, Config{}, func(s *fixture) {
		p := s.start()
		r := s.send("PING", "")
		p.expect("PING")
		ctx, cancel := context.WithCancelCause(s.Context())
		enough := errors.New("enough")
		cancel(enough)
		_, err := r.Wait(ctx)
		s.mustBe(err, enough)
		s.wants("answer to PING: enough")
		p.say(ok("PING"))
		s.wantsNone()
		p.answerQuit()
	})
}
