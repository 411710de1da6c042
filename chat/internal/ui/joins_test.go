package ui

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"linechat/chat/client"
	"linechat/chatd/proto"
)

// TestRoomsCommand lists them in columns, and says when there are more, or none.
func TestRoomsCommand(t *testing.T) {
	play(t, "go", func(s *fixture) {
		s.enter("/list")
		s.answer("ROOMS", proto.Line{Verb: "ROOMS"})
		s.sees("-- there are no rooms; /create makes one")
		rooms := []proto.Line{{Type: proto.ROOM, Room: "go", Members: 2, Text: "all about Go"}, {Type: proto.ROOM, Room: "golf"}}
		s.enter("/rooms")
		s.answer("ROOMS", proto.Line{Verb: "ROOMS", Shown: 2, All: 2}, rooms...)
		s.sees("  go       2  all about Go", "  golf     0")
		s.enter("/rooms g")
		if c := s.answer("ROOMS", proto.Line{Verb: "ROOMS", Shown: 2, All: 3}, rooms...); len(c.Words) != 1 || c.Words[0] != "g" {
			t.Errorf("asked for is %q", c.Words)
		}
		s.sees("  go       2  all about Go", "  golf     0", "-- 2 of 3 rooms; /rooms PREFIX narrows the list")
	})
}

// TestCreateCommand: it does not enter the room, which Tab knows from then on.
func TestCreateCommand(t *testing.T) {
	play(t, "go", func(s *fixture) {
		s.enter("/create dev all about us")
		if c := s.answer("CREATE", proto.Line{Verb: "CREATE", Room: "dev"}); c.Words[0] != "dev" || c.Text != "all about us" {
			t.Errorf("created is %q, %q", c.Words, c.Text)
		}
		s.answer("ROOMS", proto.Line{Verb: "ROOMS"}, proto.Line{Type: proto.ROOM, Room: "dev"})
		s.sees("-- created room dev; /join dev enters it")
		if _, found, _ := s.ui.completer.complete("/join d", 7); !slices.Equal(found, []string{"dev "}) {
			t.Errorf("completed is %q", found)
		}
		s.wantStatus("go, 2 members | connected | alice")
	})
}

// TestTopicCommand: the topic of a room that one is in comes as an event.
func TestTopicCommand(t *testing.T) {
	topic := proto.Line{Type: proto.TOPIC, Room: "go", Nick: "bob", Text: "all about Go"}
	play(t, "go", func(s *fixture) {
		s.enter("/topic")
		s.answer("TOPIC", proto.Line{Verb: "TOPIC", Room: "go"}, topic)
		s.enter("/topic")
		s.answer("TOPIC", proto.Line{Verb: "TOPIC", Room: "go"})
		s.sees("-- topic of go, by bob: all about Go", "-- go has no topic")
		s.enter("/topic news")
		if c := s.answer("TOPIC", proto.Line{Verb: "TOPIC", Room: "go"}); c.Room != "go" || c.Text != "news" {
			t.Errorf("the topic of %q is to be %q", c.Room, c.Text)
		}
		s.enter("/in dev topic news")
		s.answer("TOPIC", proto.Line{Verb: "TOPIC", Room: "dev"})
		s.sees("-- the topic of dev is set")
	})
}

// TestWhoCommand lists the members, which are then those that the status row counts.
func TestWhoCommand(t *testing.T) {
	play(t, "go", func(s *fixture) {
		s.enter("/names dev")
		if c := s.answer("WHO", proto.Line{Verb: "WHO", Room: "dev"}, members("carl")...); c.Room != "dev" {
			t.Errorf("asked for are the members of %q", c.Room)
		}
		s.sees("-- 1 in dev: carl")
		s.enter("/who")
		s.answer("WHO", proto.Line{Verb: "WHO", Room: "go"}, members("bob", "alice", "carl")...)
		s.answer("WHO", proto.Line{Verb: "WHO", Room: "go"}, members("bob", "alice", "carl")...)
		s.sees("-- 3 in go: alice bob carl")
		s.wantStatus("go, 3 members | connected | alice")
	})
}

// TestLeave: without a name, the current room; another room leaves the current one
// as it is.
func TestLeave(t *testing.T) {
	play(t, "go", func(s *fixture) {
		s.enter("/join golf")
		s.join("golf")
		s.clear()
		s.enter("/part go")
		if c := s.answer("LEAVE", proto.Line{Verb: "LEAVE", Room: "go", Current: "golf"}); c.Words[0] != "go" {
			t.Errorf("left is %q", c.Words)
		}
		s.sees("-- you have left go")
		s.wantStatus("golf, 2 members | connected | alice")
		s.wantHistory("golf")
		s.enter("/leave")
		if c := s.answer("LEAVE", proto.Line{Verb: "LEAVE", Room: "golf"}); !slices.Equal(c.Words, []string{"golf"}) {
			t.Errorf("left is %q", c.Words)
		}
		s.sees("-- you have left golf")
		s.wantStatus("in no room | connected | alice")
		s.wantHistory("")
		s.enter("leave")
		s.refuse("LEAVE", &proto.Error{Code: proto.NotInRoom, Text: "you are in no room; JOIN one first"})
		s.sees("! you are in no room; /join one first")
	})
}

// wantHistory wants the input history to be that of a room.
func (s *fixture) wantHistory(room string) {
	s.Helper()
	s.fakeTerminal.with(func() {
		if got := s.fakeTerminal.history; got != room {
			s.Errorf("the input history is that of %q, not of %q", got, room)
		}
	})
}

// TestJoinAgain: a room that one is in becomes the current one, without its backlog.
func TestJoinAgain(t *testing.T) {
	play(t, "go", func(s *fixture) {
		s.enter("/join golf")
		s.join("golf")
		s.clear()
		s.enter("/join GO")
		q := s.asked("JOIN")
		if len(q.options) > 0 || !slices.Equal(q.command.Words, []string{"GO"}) {
			t.Errorf("joined again is %q, with %v", q.command.Words, q.options)
		}
		s.answerQuestion(q, client.Reply{OK: proto.Line{Verb: "JOIN", Room: "go", Members: 3}, Lines: []proto.Line{{Type: proto.TOPIC, Room: "go", Nick: "bob", Text: "all about Go"}}})
		s.sees("00:00 -- you are in go: 3 members")
		s.wantHistory("go")
		if q := s.find("WHO"); q != nil {
			t.Error("the members are asked for again")
		}
	})
}

// TestFirstRoom: the client is told to create it when it is missing; that is not so
// for a /join, in which a name may be mistyped.
func TestFirstRoom(t *testing.T) {
	playUnjoined(t, Config{Room: "go"}, func(s *fixture) {
		q := s.asked("JOIN")
		if !slices.Equal(q.options, []client.Option{client.CreateRoom, client.Last(backlog)}) {
			t.Errorf("the options are %v", q.options)
		}
		s.tell(client.Answer{Request: q.request, Err: &proto.Error{Code: proto.BadName, Text: "the name looks like that of g0"}})
		s.sees("! the name looks like that of g0")
		s.enter("/join dev")
		if q = s.asked("JOIN"); !slices.Equal(q.options, []client.Option{client.Last(backlog)}) {
			t.Errorf("the options of /join are %v", q.options)
		}
	})
	playUnjoined(t, Config{Room: "go"}, func(s *fixture) {
		s.reply("JOIN", client.Reply{OK: proto.Line{Verb: "JOIN", Room: "go", Members: 1}, Created: true})
		s.sees("-- created room go", "00:00 -- you are in go: 1 member")
	})
}

// TestCrowd: where nobody tells who comes and goes, the members are counted again
// every minute; when they are few enough again, they are asked for by name.
func TestCrowd(t *testing.T) {
	play(t, "", func(s *fixture) {
		s.enter("/join go")
		s.answer("JOIN", proto.Line{Verb: "JOIN", Room: "go", Members: 60})
		s.answer("WHO", proto.Line{Verb: "WHO", Room: "go"}, members(numbered(60)...)...)
		counted := func(n int) {
			t.Helper()
			time.Sleep(recountInterval)
			s.answer("ROOMS", proto.Line{Verb: "ROOMS"}, proto.Line{Type: proto.ROOM, Room: "go", Members: uint64(n)})
			s.wantStatus(fmt.Sprintf("go, %d members | connected | alice", n))
		}
		counted(70)
		counted(maxPresence)
		if q := s.find("WHO"); q != nil {
			t.Error("the members of a crowd are asked for by name")
		}
		counted(maxPresence - 1)
		s.answer("WHO", proto.Line{Verb: "WHO", Room: "go"}, members(numbered(maxPresence-2)...)...)
		s.tell(came("go", "late"))
		s.wantStatus("go, 49 members | connected | alice")
		time.Sleep(2 * recountInterval)
		if s.asks("ROOMS") {
			t.Error("the members of a small room are counted again")
		}
	})
}

// TestLargeCrowd: the members of a very large room are only counted.
func TestLargeCrowd(t *testing.T) {
	for n, want := range map[int]bool{maxListed: true, maxListed + 1: false} {
		play(t, "", func(s *fixture) {
			s.enter("/join go")
			s.answer("JOIN", proto.Line{Verb: "JOIN", Room: "go", Members: uint64(n)})
			s.wantStatus(fmt.Sprintf("go, %d members | connected | alice", n))
			if got := s.asks("WHO"); got != want {
				t.Errorf("of %d members the names are asked for: %v", n, got)
			}
		})
	}
}

// TestRoomListAge: Tab asks for the rooms again when the list is old.
func TestRoomListAge(t *testing.T) {
	play(t, "go", func(s *fixture) {
		tab := func(line string) bool {
			s.ui.completer.complete(line, len(line))
			return s.asks("ROOMS")
		}
		time.Sleep(roomListMaxAge - 1)
		if tab("/join g") {
			t.Error("the rooms are asked for too early")
		}
		time.Sleep(1)
		if tab("/msg g") {
			t.Error("the rooms are asked for where a nick is completed")
		}
		if !tab("/join g") {
			t.Error("the rooms are not asked for")
		}
		if tab("/join g") {
			t.Error("the rooms are asked for twice")
		}
	})
}

func numbered(n int) (nicks []string) {
	for i := range n {
		nicks = append(nicks, fmt.Sprint("n", i))
	}
	return nicks
}

// The backlog comes before what is posted after the JOIN.
func TestBacklog(t *testing.T) {
	play(t, "go", func(s *fixture) {
		s.enter("/join golf")
		s.answer("JOIN", proto.Line{Verb: "JOIN", Room: "golf", Members: 1}, proto.Line{Type: proto.TOPIC, Room: "golf", Nick: "dora", Text: "golf"},
			proto.Line{Type: proto.MSG, Past: true, Room: "golf", Nick: "carol", Text: "past", Time: time.Now()})
		s.tell(post("golf", "carol", "live"), came("golf", "dave"))
		s.sees("00:00 -- you are in golf: 1 member", "-- topic of golf, by dora: golf", "00:00 <carol> past", "-- live --", "00:00 <carol> live")
		s.wantStatus("golf, 2 members | connected | alice")
	})
}
