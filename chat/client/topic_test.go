package client

import (
	"context"
	"errors"
	"testing"
)

// TestTopicOfJoinGivenUp: a JOIN whose context has ended is carried out nevertheless,
// and its topic is not new on the next connection.
func TestTopicOfJoinGivenUp(t *testing.T) {
	play(t, Config{}, func(s *fixture) {
		p := s.start()
		ctx, cancel := context.WithCancelCause(s.Context())
		joined := async(func() (Joined, error) { return s.client.Join(ctx, "go") })
		p.expect("JOIN go")
		enough := errors.New("enough")
		cancel(enough)
		_, err := joined()
		s.mustBe(err, enough)
		topic := `{"type":"topic","room":"go","nick":"bob","text":"Go"}`
		p.say(topic, ok("JOIN", "room", "go", "members", 1, "seq", 0))
		s.wants("INIT → IN_ROOM in go")
		p.cut()
		s.wants("IN_ROOM → lost: EOF", "lost → connecting")
		p = s.accept()
		p.greet()
		p.expect("JOIN go AFTER 0")
		p.say(topic, ok("JOIN", "room", "go", "members", 1, "seq", 0))
		s.wants("connecting → IN_ROOM in go")
		p.answerQuit()
	})
}
