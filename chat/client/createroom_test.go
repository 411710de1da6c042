package client

import (
	"testing"
	"testing/synctest"
	"time"

	"linechat/chatd/proto"
)

// creating begins a command that creates its room.
func (s *fixture) creating(command proto.Command) func() (Reply, error) {
	s.Helper()
	r, err := s.client.submit(s.Context(), command, []Option{CreateRoom}, nil)
	if err != nil {
		s.Fatal(err)
	}
	return func() (Reply, error) { return r.Wait(s.Context()) }
}

// TestCreateRoom: a room that there is none of is created, and what was to be done
// in it is done before anything that waits.
func TestCreateRoom(t *testing.T) {
	play(t, Config{}, func(s *fixture) {
		p := s.start()
		joined := async(func() (Joined, error) { return s.client.Join(s.Context(), "go", Last(9), CreateRoom) })
		p.expect("JOIN go LAST 9")
		p.say(refusing("JOIN", NoSuchRoom))
		p.expect("CREATE go")
		posted := s.post("go", "first")
		p.say(ok("CREATE", "room", "go"))
		p.expect("JOIN go LAST 9")
		key := p.hearPost("go", "first")
		p.say(ok("JOIN", "room", "go", "members", 1, "seq", 0), ok("POST", "room", "go", "seq", 1))
		if j, err := joined(); err != nil || j.Room != "go" || !j.Created {
			s.Errorf("JOIN: %+v, %v", j, err)
		}
		if seq, err := posted(); seq != 1 || err != nil {
			s.Errorf("POST %s: %d, %v", key, seq, err)
		}
		s.wants("INIT → IN_ROOM in go")
		p.answerQuit()
	})
}

// TestCreateRoomOnce: many posts to a room that there is none of have it created
// once, and keep their order; so do those that come meanwhile.
func TestCreateRoomOnce(t *testing.T) {
	play(t, Config{}, func(s *fixture) {
		p := s.start()
		post := func(text string) func() (Reply, error) {
			return s.creating(proto.Command{Verb: "POST", Room: "go", Text: text})
		}
		one, two := post("one"), post("two")
		key := p.hearPost("go", "one")
		p.hearPost("go", "two")
		p.say(refusing("POST", NoSuchRoom))
		p.expect("CREATE go")
		three := post("three")
		p.say(refusing("POST", NoSuchRoom), ok("CREATE", "room", "go"))
		if again := p.hearPost("go", "one"); again != key {
			s.Errorf("one is sent again with the key %s, first %s", again, key)
		}
		p.hearPost("go", "two")
		p.hearPost("go", "three")
		for seq := 1; seq <= 3; seq++ {
			p.say(ok("POST", "room", "go", "seq", seq))
		}
		for i, wait := range []func() (Reply, error){one, two, three} {
			if r, err := wait(); err != nil || r.OK.Seq != uint64(i+1) || r.Created != (i == 0) {
				s.Errorf("post %d: %+v, %v", i+1, r, err)
			}
		}
		p.answerQuit()
	})
}

// TestCreateRoomRefused: where the room cannot be created, that is the answer, of
// all that need it.
func TestCreateRoomRefused(t *testing.T) {
	play(t, Config{}, func(s *fixture) {
		p := s.start()
		paste := s.creating(proto.Command{Verb: "PASTE", Room: "go", Text: "one\ntwo", Once: "k"})
		me := s.creating(proto.Command{Verb: "ME", Room: "Go", Text: "waves"})
		p.expect("IN go ONCE k PASTE", "one", "two", ".")
		p.hear()
		p.say(refusing("PASTE", NoSuchRoom), refusing("ME", NoSuchRoom))
		p.expect("CREATE go")
		p.say(refusing("CREATE", TooManyRooms))
		_, err := paste()
		s.mustRefuse(err, TooManyRooms)
		_, err = me()
		s.mustRefuse(err, TooManyRooms)
		p.answerQuit()
	})
}

// TestCreateRoomStoreFails: where the store fails, or the server stops, that is not the
// last word on a post, but on other commands.
func TestCreateRoomStoreFails(t *testing.T) {
	for _, code := range []Code{StoreFailed, Unknown, Stopping} {
		play(t, Config{}, func(s *fixture) {
			p := s.start()
			posted := s.creating(proto.Command{Verb: "POST", Room: "go", Text: "one"})
			joined := s.creating(proto.Command{Verb: "JOIN", Words: []string{"go"}})
			key := p.hearPost("go", "one")
			p.expect("JOIN go")
			p.say(refusing("POST", NoSuchRoom), refusing("JOIN", NoSuchRoom))
			p.expect("CREATE go")
			p.say(refusing("CREATE", code))
			refused := time.Now()
			_, err := joined()
			s.mustRefuse(err, code)
			if again := p.hearPost("go", "one"); again != key {
				s.Errorf("one is sent again with the key %s, first %s", again, key)
			}
			if pause := time.Since(refused); pause != time.Second {
				s.Errorf("after %s the pause is %v", code, pause)
			}
			p.say(refusing("POST", NoSuchRoom))
			p.expect("CREATE go")
			p.say(ok("CREATE", "room", "go"))
			p.hearPost("go", "one")
			p.say(ok("POST", "room", "go", "seq", 1))
			if r, err := posted(); err != nil || !r.Created {
				s.Errorf("POST: %+v, %v", r, err)
			}
			p.answerQuit()
		})
	}
}

// TestCreateRoomExists: somebody else may create the room first. A name that only
// looks like that of another room is refused as CREATE refuses it.
func TestCreateRoomExists(t *testing.T) {
	play(t, Config{}, func(s *fixture) {
		p := s.start()
		join := func(room string) func() (Reply, error) {
			wait := s.creating(proto.Command{Verb: "JOIN", Words: []string{room}})
			p.expect("JOIN " + room)
			p.say(refusing("JOIN", NoSuchRoom))
			p.expect("CREATE " + room)
			p.say(refusing("CREATE", RoomExists))
			p.expect("JOIN " + room)
			return wait
		}
		joined := join("go")
		p.say(ok("JOIN", "room", "go", "members", 2, "seq", 0))
		if r, err := joined(); err != nil || r.Created {
			s.Errorf("JOIN: %+v, %v", r, err)
		}
		refused := join("g0")
		p.say(refusing("JOIN", NoSuchRoom))
		_, err := refused()
		s.mustRefuse(err, RoomExists)
		p.answerQuit()
	})
}

// TestCreateRoomCut: a connection that is lost anywhere on the way loses no post and
// doubles none.
func TestCreateRoomCut(t *testing.T) {
	play(t, Config{}, func(s *fixture) {
		p := s.start()
		posted := s.creating(proto.Command{Verb: "POST", Room: "go", Text: "one"})
		joined := s.creating(proto.Command{Verb: "JOIN", Words: []string{"go"}})
		reconnect := func() {
			p.cut()
			p = s.accept()
			p.greet()
		}
		key := p.hearPost("go", "one")
		p.expect("JOIN go")
		p.say(refusing("POST", NoSuchRoom), refusing("JOIN", NoSuchRoom))
		p.expect("CREATE go")
		synctest.Wait()
		reconnect() // while CREATE is under way: neither was carried out
		if again := p.hearPost("go", "one"); again != key {
			s.Errorf("one is sent again with the key %s, first %s", again, key)
		}
		p.expect("JOIN go")
		p.say(refusing("POST", NoSuchRoom), refusing("JOIN", NoSuchRoom))
		p.expect("CREATE go")
		p.say(ok("CREATE", "room", "go"))
		p.hearPost("go", "one")
		p.expect("JOIN go")
		synctest.Wait()
		reconnect() // while both are: JOIN may have been
		if again := p.hearPost("go", "one"); again != key {
			s.Errorf("one is sent again with the key %s, first %s", again, key)
		}
		p.say(ok("POST", "room", "go", "seq", 1))
		if r, err := posted(); err != nil || r.OK.Seq != 1 {
			s.Errorf("POST: %+v, %v", r, err)
		}
		_, err := joined()
		s.mustBe(err, ErrLost)
		p.answerQuit()
	})
}
