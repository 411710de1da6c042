package client

import (
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"linechat/chatd/proto"
)

// TestUnread: while events wait to be taken the client does not read, and goes
// on where it was when they have been.
func TestUnread(t *testing.T) {
	play(t, Config{limits: limits{soft: 10_000, hard: 100_000}}, func(s *fixture) {
		p := s.start()
		p.join("go", 0)
		const posts = 1000
		said := 0
		go func() {
			for said < posts {
				p.say(msg("go", said+1, "bob", strings.Repeat("x", 100)))
				said++
			}
		}()
		synctest.Wait()
		if said == posts {
			s.Error("all is read although nothing is taken")
		}
		time.Sleep(10 * time.Minute) // in which the client is not to think the server dead
		s.wants("INIT → IN_ROOM in go")
		for i := range posts {
			s.wants(fmt.Sprintf("MSG go %d bob %s", i+1, strings.Repeat("x", 100)))
		}
		p.answerQuit()
	})
}

// TestCallBetweenEvents: whoever takes the events may wait for a reply, however
// many events come before it.
func TestCallBetweenEvents(t *testing.T) {
	play(t, Config{limits: limits{soft: 10_000, hard: 10_000_000}}, func(s *fixture) {
		p := s.start()
		p.join("go", 0)
		const posts = 1000
		go func() {
			for i := range posts {
				p.say(msg("go", i+1, "bob", "x"))
			}
			p.expect("PING")
			p.say(ok("PING"))
		}()
		s.wants("INIT → IN_ROOM in go", "MSG go 1 bob x")
		if _, err := s.client.Do(s.Context(), proto.Command{Verb: "PING"}); err != nil {
			s.Error(err)
		}
		for i := 1; i < posts; i++ {
			s.wants(fmt.Sprintf("MSG go %d bob x", i+1))
		}
		p.answerQuit()
	})
}

// TestTooManyUnread: beyond the hard limit requests fail, and the client goes on.
func TestTooManyUnread(t *testing.T) {
	play(t, Config{limits: limits{soft: 10_000, hard: 100_000}}, func(s *fixture) {
		p := s.start()
		p.join("go", 0)
		const posts = 1000
		go func() {
			for i := range posts {
				p.say(msg("go", i+1, "bob", "x"))
			}
			p.hear()
			p.say(ok("PING"))
			p.say(msg("go", posts+1, "bob", "last"))
		}()
		_, err := s.client.Do(s.Context(), proto.Command{Verb: "PING"})
		s.mustBe(err, ErrUnread)
		s.wants("INIT → IN_ROOM in go")
		for i := range posts {
			s.wants(fmt.Sprintf("MSG go %d bob x", i+1))
		}
		s.wants(fmt.Sprintf("MSG go %d bob last", posts+1))
		p.answerQuit()
	})
}

// TestUnreadIsNotSent: a post that waits to be sent again and fails because too many
// events wait is not sent any more.
func TestUnreadIsNotSent(t *testing.T) {
	play(t, Config{limits: limits{soft: 10_000, hard: 20_000}}, func(s *fixture) {
		p := s.start()
		p.join("go", 0)
		held := s.post("go", "held")
		p.hearPost("go", "held")
		p.say(refusing("POST", StoreFailed))
		go func() {
			for i := range 200 {
				p.say(msg("go", i+1, "bob", "x"))
			}
		}()
		_, err := held()
		s.mustBe(err, ErrUnread)
		for e := range s.client.Events() {
			if m, ok := e.(Message); ok && m.Seq == 200 {
				break
			}
		}
		s.post("go", "next")
		p.hearPost("go", "next")
		p.cut()
	})
}

// TestStalled: a client that takes no events does not dial in vain.
func TestStalled(t *testing.T) {
	play(t, Config{limits: limits{soft: 1_000, hard: 100_000}}, func(s *fixture) {
		p := s.start()
		p.join("go", 0)
		p.say(msg("go", 1, "bob", "one"), msg("go", 2, "bob", "two"), msg("go", 3, "bob", "three"))
		p.cut()
		select {
		case s.conns <- nil:
			s.Error("the client dials although its events are not taken")
		case <-time.After(time.Hour):
		}
		s.wants("INIT → IN_ROOM in go", "MSG go 1 bob one", "MSG go 2 bob two", "MSG go 3 bob three", "IN_ROOM → lost: EOF", "lost → connecting")
		p = s.accept()
		p.greet()
		p.expect("JOIN go AFTER 3")
		p.say(ok("JOIN", "room", "go", "members", 1, "seq", 3))
		s.wants("connecting → IN_ROOM in go")
		p.answerQuit()
	})
}

// TestTooLarge: a reply that is too large is passed over up to its end.
func TestTooLarge(t *testing.T) {
	play(t, Config{limits: limits{soft: 1 << 20, hard: 1 << 20, reply: 10_000}}, func(s *fixture) {
		p := s.start()
		asked := async(func() (Posts, error) { return s.client.historyPage(s.Context(), "go", 1000) })
		p.expect("IN go HISTORY 1000")
		for i := range 1000 {
			p.say(past("go", i+1, "bob", strings.Repeat("x", 100)))
		}
		_, err := asked()
		s.mustBe(err, ErrTooLarge)
		p.say(ok("HISTORY", "room", "go", "shown", 1, "seq", 1))
		p.answerQuit()
	})
}
