package client

import (
	"testing"

	"linechat/chatd/proto"
)

// TestAsRead: a command is what the server takes it for, whether its arguments stand
// in Words or in Text.
func TestAsRead(t *testing.T) {
	play(t, Config{}, func(s *fixture) {
		p := s.start()
		for _, command := range []proto.Command{
			{Verb: "SET", Text: "talk on"},
			{Verb: "set", Words: []string{"TALK"}, Text: "on"},
			{Verb: "FORMAT", Text: "text"},
			{Verb: "JOIN"},
			{Verb: "LEAVE", Text: "a b"},
			{Verb: "PASTE", Words: []string{"one"}, Text: "two", Room: "go"},
		} {
			r, err := s.client.Send(command)
			if err == nil {
				line, _ := r.Command().Append(nil)
				s.Fatalf("%+v is sent as %q", command, line)
			}
			s.mustRefuse(err, BadArguments)
		}

		joined := s.creating(proto.Command{Verb: "JOIN", Text: "go"})
		p.expect("JOIN go")
		p.say(refusing("JOIN", NoSuchRoom))
		p.expect("CREATE go")
		p.say(ok("CREATE", "room", "go"))
		p.expect("JOIN go")
		p.say(ok("JOIN", "room", "go", "members", 1, "seq", 0))
		if r, err := joined(); err != nil || !r.Created {
			s.Errorf("JOIN: %+v, %v", r, err)
		}
		s.wants("INIT → IN_ROOM in go")
		posted, err := s.client.Send(proto.Command{Verb: "POST", Words: []string{"two", "words"}, Text: "and text"})
		if err != nil {
			s.Fatal(err)
		}
		p.hearPost("go", "two words and text")
		if got := posted.Command(); got.Text != "two words and text" || got.Words != nil {
			s.Errorf("it is taken for %+v", got)
		}
		p.say(ok("POST", "room", "go", "seq", 1))
		<-posted.Done()
		p.answerQuit()
	})
}
