package client

import (
	"testing"
)

// TestRecreate: a room that was joined with CreateRoom, and is gone, is created again;
// what was posted in it before the JOIN is missed by nobody, and where it cannot be
// created it is lost.
func TestRecreate(t *testing.T) {
	play(t, Config{}, func(s *fixture) {
		p := s.start()
		p.join("go", 0)
		joined := async(func() (Joined, error) { return s.client.Join(s.Context(), "go", CreateRoom) })
		p.expect("JOIN go")
		p.say(ok("JOIN", "room", "go", "members", 1, "seq", 0))
		if _, err := joined(); err != nil {
			s.Fatal(err)
		}
		s.wants("INIT → IN_ROOM in go")
		restart := func() {
			p.cut()
			s.wants("IN_ROOM → lost: EOF", "lost → connecting")
			p = s.accept()
			p.greet()
			p.expect("JOIN go AFTER 0")
			p.say(refusing("JOIN", NoSuchRoom))
			p.expect("CREATE go")
		}
		for _, answer := range []string{ok("CREATE", "room", "go"), refusing("CREATE", RoomExists)} {
			restart()
			p.say(answer)
			p.expect("JOIN go AFTER 0")
			p.say(ok("JOIN", "room", "go", "members", 1, "seq", 0))
			s.wants("connecting → IN_ROOM in go")
		}
		restart()
		p.say(refusing("CREATE", RateLimited)) // it is asked for again
		p.expect("JOIN go AFTER 0")
		p.say(refusing("JOIN", NoSuchRoom))
		p.expect("CREATE go")
		p.say(refusing("CREATE", TooManyRooms))
		s.wants("room lost go: too-many-rooms: no", "connecting → connecting", "connecting → INIT")
		p.answerQuit()
	})
}
