package ui

import (
	"testing"
	"time"

	"linechat/chat/client"
	"linechat/chatd/proto"
)

// TestNews: what the server and the client tell of by themselves.
func TestNews(t *testing.T) {
	for _, c := range []struct {
		name  string
		event client.Event
		want  string
	}{
		{"notice", client.Notice{Text: "maintenance at noon"}, "00:00 -- maintenance at noon"},
		{"topic", client.TopicChange{Room: "go", Nick: "bob", Text: "Go"}, "00:00 -- bob set the topic of go: Go"},
		{"no topic", client.TopicChange{Room: "go", Nick: "bob"}, "00:00 -- bob removed the topic of go"},
		{"gap", client.Gap{Room: "go", From: 2, To: 3, Why: "retention"}, "-- posts 2 to 3 of go are missing: the server no longer keeps them"},
		{"reset", client.RoomReset{Room: "go", Seen: 9, Head: 4}, "00:00 -- go was reset: its last post is number 4, and 9 was shown before"},
		{"action", client.Message{Room: "go", Nick: "bob", Text: "waves", Action: true, Time: time.Unix(946684800, 0)}, "00:00 * bob waves"},
		{"rename", client.MemberRenamed{Room: "go", Old: "bob", Nick: "rob"}, "00:00 -- bob is now known as rob"},
		{"rename elsewhere", client.MemberRenamed{Room: "golf", Old: "bob", Nick: "rob"}, ""},
		{"join of no room of ours", client.MemberJoined{Room: "dev", Nick: "bob"}, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			play(t, "go", func(s *fixture) {
				if s.tell(c.event); c.want == "" {
					s.sees()
				} else {
					s.sees(c.want)
				}
			})
		})
	}
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
		s.wantCompleted("/join n", "new ")
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

// TestRenamedMember: completion knows the new nick, in the place of the old one, and
// the batch of those who came and went is shown before it.
func TestRenamedMember(t *testing.T) {
	play(t, "go", func(s *fixture) {
		s.tell(came("go", "carl"), post("go", "bob", "hi"), came("go", "dora"), client.MemberRenamed{Room: "go", Old: "bob", Nick: "rob"})
		s.sees("00:00 -- +carl", "00:00 <bob> hi", "00:00 -- +dora", "00:00 -- bob is now known as rob")
		s.wantCompleted("/msg ", "rob ", "carl ", "dora ")
		s.wantStatus("go, 4 members | connected | alice")
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

// TestLateMessage: a post of a room that was left meanwhile is shown with its room's
// name, and counts nowhere.
func TestLateMessage(t *testing.T) {
	play(t, "go", func(s *fixture) {
		s.tell(post("dev", "bob", "late"))
		s.sees("00:00 [dev] <bob> late")
		s.wantStatus("go, 2 members | connected | alice")
	})
}

// TestIgnoredAway: what is hidden rings no bell, is not unread, and its nick comes not
// first in completion.
func TestIgnoredAway(t *testing.T) {
	play(t, "go", func(s *fixture) {
		s.enter("/join golf")
		s.join("golf")
		s.enter("/ignore bob")
		s.clear()
		s.tell(post("go", "bob", "alice!"), post("go", "Bob", "alice!"), post("go", "carl", "hello"))
		s.sees("00:00 [go] <carl> hello")
		s.wantStatus("golf, 2 members | connected | unread: go 1 | alice")
		if n := s.rings(); n != 0 {
			t.Errorf("the bell rang %d times", n)
		}
		s.enter("/ignore no good")
		if lines := s.take(); len(lines) != 1 || lines[0][:2] != "! " {
			t.Errorf("a bad nick is answered with %q", lines)
		}
	})
}
