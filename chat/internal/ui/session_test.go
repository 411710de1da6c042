package ui

import (
	"testing"
	"time"

	"linechat/chat/client"
	"linechat/chat/internal/prompt"
	"linechat/chatd/proto"
)

// Whoever is removed from a room posts nothing anywhere else: neither what was half
// typed nor what waited for the answer to a command before it.
func TestRemoved(t *testing.T) {
	play(t, "go", func(s *fixture) {
		s.enter("/join golf")
		s.join("golf")
		s.enter("first")
		s.enter("/leave go")
		s.enter("second")
		s.clear()
		s.removed("golf", "kick")
		s.sees("00:00 -- you were removed from golf: kick")
		s.refuse("POST", &proto.Error{Code: proto.NotInRoom, Text: "you are in no room; JOIN one first"})
		s.sees("! not posted to golf: you are in no room; /join one first", "!   first")
		s.refuse("LEAVE", &proto.Error{Code: proto.StoreFailed, Text: "no"})
		s.sees("! no", "! not posted to golf: you are not in golf", "!   second")
		s.enter("quit typing, bob")
		s.sees("! not posted: you are no longer in golf; /join enters a room", "!   quit typing, bob")
		s.wantStatus("in no room | connected | alice")
		s.enter("/join go")
		s.answer("JOIN", proto.Line{Verb: "JOIN", Room: "go", Members: 2})
		s.clear()
		s.enter("here")
		s.posted("go", "here")
	})
}

// A room that cannot be joined again after the connection was lost is none; what was
// being typed for it goes nowhere else, although another room is current then.
func TestRoomLost(t *testing.T) {
	play(t, "go", func(s *fixture) {
		s.enter("/join golf")
		s.join("golf")
		s.clear()
		s.lose(time.Time{})
		s.tell(client.RoomLost{Room: "golf", Err: &proto.Error{Code: proto.NoSuchRoom, Text: "there is no room golf; CREATE golf makes it"}})
		s.move(func(to *client.Session) { leaveRoom(to, "golf", "") }, nil)
		s.move(func(to *client.Session) { to.State, to.Room = client.InRoom, "go" }, nil)
		s.sees("00:00 -- lost the connection (cut); reconnecting",
			"00:00 -- you are no longer in golf: there is no room golf; /create golf makes it",
			"00:00 -- connected again")
		s.wantStatus("in no room | connected | alice")
		s.enter("hello, golfers")
		s.sees("! not posted: you are no longer in golf; /join enters a room", "!   hello, golfers")
		s.clear()
		s.enter("are you there?") // as soon as the first was entered
		s.sees("! there is no command are; /help lists them (you are in no room; /join enters one)")
		s.wantStatus("in no room | connected | alice")
		s.clear()
		s.enter("whoami")
		s.answer("WHOAMI", proto.Line{Verb: "WHOAMI", Nick: "alice", Role: "guest"})
		s.sees("-- you are alice (guest), in no room, and also in go")
		s.enter("/join go")
		s.answer("JOIN", proto.Line{Verb: "JOIN", Room: "go", Members: 2})
		s.wantStatus("go, 2 members | connected | alice")
		s.enter("hello, gophers")
		s.posted("go", "hello, gophers")
	})
}

// Where the reconnection has entered a room, whoever was in none is in none: a line
// that is meant as a command is not posted.
func TestRoomEntered(t *testing.T) {
	play(t, "go", func(s *fixture) {
		s.enter("/leave")
		s.answer("LEAVE", proto.Line{Verb: "LEAVE", Room: "go"})
		s.move(func(to *client.Session) { to.Rooms = []string{"golf"} }, nil)
		s.lose(time.Time{})
		s.move(func(to *client.Session) { to.State, to.Room = client.InRoom, "golf" }, nil)
		s.clear()
		s.enter("nick bob s3cret")
		s.answer("NICK", proto.Line{Verb: "NICK", Nick: "bob"})
		s.wantStatus("in no room | connected | bob")
		s.enter("join golf")
		s.join("golf")
		s.enter("hello")
		s.posted("golf", "hello")
	})
}

// A connection that is lost costs one line, and another when it is back; the
// status row counts the seconds, and posts wait.
func TestLost(t *testing.T) {
	play(t, "go", func(s *fixture) {
		for range 3 {
			s.lose(time.Now().Add(2500 * time.Millisecond))
			s.wantStatus("go | lost: next attempt in 3 s | alice")
			time.Sleep(time.Second)
			s.wantStatus("go | lost: next attempt in 2 s | alice")
			s.move(func(to *client.Session) { to.State = client.Connecting }, nil)
		}
		s.enter("hello")
		s.wantStatus("go | connecting | 1 post waits | alice")
		s.enter("/whoami")
		s.connectAgain()
		s.posted("go", "hello")
		s.sees("00:00 -- lost the connection (cut); reconnecting", "-- not connected; this will be posted to go: hello",
			"-- not connected; /whoami will be sent later", "00:00 -- connected again", "00:00 <alice> hello")
	})
}

// TestMoved: of several servers it is said which one the connection is to, when it is
// another one than before, and by /whoami.
func TestMoved(t *testing.T) {
	playWith(t, Config{Room: "go", Servers: true}, func(s *fixture) {
		s.lose(time.Time{})
		s.move(func(to *client.Session) { to.State, to.Server = client.InRoom, "b:5001" }, nil)
		s.sees("00:00 -- lost the connection (cut); reconnecting", "00:00 -- connected again, to b:5001")
		s.enter("/whoami")
		s.answer("WHOAMI", proto.Line{Verb: "WHOAMI", Nick: "alice", Role: "guest"})
		s.sees("-- you are alice (guest), in go, connected to b:5001")
	})
}

// TestReasonOfLoss: what the server said last says more than the connection's error,
// and is forgotten when it is there again.
func TestReasonOfLoss(t *testing.T) {
	play(t, "go", func(s *fixture) {
		s.tell(client.Bye{Code: "stopping", Text: "the server restarts"})
		s.lose(time.Time{})
		s.connectAgain()
		s.lose(time.Time{})
		s.sees("00:00 -- lost the connection (the server restarts); reconnecting", "00:00 -- connected again",
			"00:00 -- lost the connection (cut); reconnecting")
	})
}

// TestConnectedAgain: what may have changed meanwhile is asked for.
func TestConnectedAgain(t *testing.T) {
	play(t, "go", func(s *fixture) {
		s.lose(time.Time{})
		s.wantStatus("go | connecting | alice")
		s.connectAgain()
		s.answer("HELP", proto.Line{Verb: "HELP"}, proto.Line{Type: proto.HELP, Verb: "KNIT"})
		s.answer("ROOMS", proto.Line{Verb: "ROOMS"}, proto.Line{Type: proto.ROOM, Room: "new"})
		s.answer("WHO", proto.Line{Verb: "WHO", Room: "go"}, members("alice", "bob", "carl")...)
		s.wantStatus("go, 3 members | connected | alice")
		s.wantCompleted("/kn", "/knit ")
		s.wantCompleted("/join ", "new ")
	})
}

// TestNewNick: it is shown, in the status row, and among the members; if it is not
// the one that was wanted, the reason is said.
func TestNewNick(t *testing.T) {
	play(t, "go", func(s *fixture) {
		s.enter("/nick Alicia")
		s.answer("NICK", proto.Line{Verb: "NICK", Nick: "Alicia"})
		s.sees("00:00 -- you are Alicia now")
		s.wantStatus("go, 2 members | connected | Alicia")
		s.tell(post("go", "bob", "alicia?"), post("go", "bob", "alice?"))
		if n := s.rings(); n != 1 {
			t.Errorf("the bell rang %d times", n)
		}
		s.wantCompleted("a", "")
		s.clear()
		s.rename("guest-7", &proto.Error{Code: proto.NickTaken, Text: "the nick Alicia is in use; NICK with its key takes it"})
		s.sees("00:00 -- you are guest-7 now: the nick Alicia is in use; /nick with its key takes it")
		s.wantStatus("go, 2 members | connected | guest-7")
	})
}

// TestRemovedElsewhere: whoever is removed from another room than the current one goes
// on typing in that.
func TestRemovedElsewhere(t *testing.T) {
	play(t, "go", func(s *fixture) {
		s.enter("/join golf")
		s.join("golf")
		s.clear()
		s.removed("go", "kick")
		s.sees("00:00 -- you were removed from go: kick")
		s.enter("hello")
		s.posted("golf", "hello")
		s.sees("00:00 <alice> hello")
		s.wantCompleted("/leave g", "golf ")
	})
}

// TestRoomGone: a line that was being typed when the room was lost is neither a
// command nor a post, however it reads; only a slash makes a command of it.
func TestRoomGone(t *testing.T) {
	for _, typed := range []string{"leave the meeting", "quit", "join golf", "//join golf", "help"} {
		play(t, "go", func(s *fixture) {
			s.removed("go", "kick")
			s.enter(typed)
			if typed == "//join golf" {
				typed = "/join golf"
			}
			s.sees("00:00 -- you were removed from go: kick", "! not posted: you are no longer in go; /join enters a room", "!   "+typed)
			s.enter("join golf")
			s.join("golf")
			s.enter("hello")
			s.posted("golf", "hello")
		})
	}
	play(t, "go", func(s *fixture) {
		s.removed("go", "kick")
		s.clear()
		s.enter("/whoami")
		s.answer("WHOAMI", proto.Line{Verb: "WHOAMI", Nick: "alice", Role: "guest"})
		s.sees("-- you are alice (guest), in no room")
		s.fakeTerminal.lines <- prompt.Line{Text: "a\nb", Paste: []string{"a", "b"}}
		s.sees("! not posted: you are no longer in go; /join enters a room", "!   a", "!   b")
	})
}

// TestRemovedWhilePasting: the lines of a /paste are for the room in which it began,
// and for no other.
func TestRemovedWhilePasting(t *testing.T) {
	play(t, "go", func(s *fixture) {
		s.enter("/join golf")
		s.join("golf")
		s.enter("/paste")
		s.enter("a")
		s.removed("golf", "kick")
		s.clear()
		s.enter(".")
		q := s.asked("PASTE")
		if q.command.Room != "golf" || q.command.Text != "a" {
			t.Fatalf("posted is %q to %s", q.command.Text, q.command.Room)
		}
		s.tell(client.Answer{Request: q.request, Err: &proto.Error{Code: proto.NotInRoom, Text: "you are not in golf"}})
		s.sees("! not posted to golf: you are not in golf", "!   a")
	})
}

// TestEnteredBefore: a line that was entered before the refusal of a JOIN was shown is
// for the room of the JOIN, although the refusal has come already.
func TestEnteredBefore(t *testing.T) {
	play(t, "go", func(s *fixture) {
		for range 20 {
			s.enter("/join nowhere")
			refused := client.Answer{Request: s.asked("JOIN").request, Err: &proto.Error{Code: proto.NoSuchRoom, Text: "there is no room nowhere"}}
			s.atOnce(func() {
				s.fakeTerminal.lines <- prompt.Line{Text: "hello, nobody"}
				go func() { s.fakeClient.events <- refused }()
			})
			s.sees("-- nobody is ignored", "! there is no room nowhere", "! not posted to nowhere: you are not in nowhere", "!   hello, nobody")
			s.enter("hello")
			s.posted("go", "hello")
			s.clear()
		}
	})
}
