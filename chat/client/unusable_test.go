package client

import (
	"testing"
	"time"
)

// TestUnusable: connections that are lost while rooms are resumed, and bring nothing,
// are failures: the pauses grow, and ReconnectTimeout ends the client.
func TestUnusable(t *testing.T) {
	play(t, Config{ReconnectTimeout: 5 * time.Second}, func(s *fixture) {
		p := s.start()
		p.join("go", 0)
		p.cut()
		began := time.Now()
		for range 2 { // after a second, and after two more
			p = s.accept()
			p.greet()
			p.expect("JOIN go AFTER 0")
			p.cut()
		}
		for range s.client.Events() {
			if took := time.Since(began); took > 5*time.Second {
				s.Fatalf("after %v it goes on", took)
			}
		}
		s.mustBe(s.client.Err(), ErrLost)
	})
}

// TestSlowAnswer: a server whose answer takes long is not left while it comes in.
func TestSlowAnswer(t *testing.T) {
	play(t, Config{}, func(s *fixture) {
		p := s.start()
		for verb, line := range map[string]string{
			"WHO":   `{"type":"user","room":"go","nick":"bob"}`,
			"ROOMS": `{"type":"room","room":"go","members":1}`,
		} {
			asked := s.do(verb)
			p.expect(verb)
			for range 5 {
				<-time.After(20 * time.Second)
				p.say(line)
			}
			p.say(ok(verb))
			if r, err := asked(); err != nil || len(r.Lines) != 5 {
				s.Errorf("%s: %+v, %v", verb, r, err)
			}
		}
		p.answerQuit()
	})
}

// TestUnanswered: a server that goes on speaking and does not answer is left, but not
// while its answer comes in, however long that takes.
func TestUnanswered(t *testing.T) {
	play(t, Config{}, func(s *fixture) {
		p := s.start()
		p.join("go", 0)
		s.wants("INIT → IN_ROOM in go")
		p.cut()
		s.wants("IN_ROOM → lost: EOF", "lost → connecting")
		p = s.accept()
		p.greet()
		p.expect("JOIN go AFTER 0")
		say := func(line string) {
			<-time.After(20 * time.Second)
			p.say(line)
		}
		for seq := 1; seq < 6; seq++ {
			say(past("go", seq, "bob", "x"))
			s.wants(describe(Message{Room: "go", Seq: uint64(seq), Nick: "bob", Text: "x", Replayed: true}))
		}
		for range 3 {
			say("NOTICE soon")
			s.wants("NOTICE soon")
		}
		say("NOTICE never")
		lost := (<-s.client.Events()).(StateChange)
		if want := "the server has not answered for 1m0s"; lost.Err == nil || lost.Err.Error() != want {
			s.Errorf("%s, want %s", describe(lost), want)
		}
	})
}
