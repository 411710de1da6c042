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

// Posts of other rooms have their room's name and are counted, mentions first,
// until one goes there.
func TestOtherRooms(t *testing.T) {
	play(t, "go", func(s *fixture) {
		for _, room := range []string{"golf", "dev"} {
			s.enter("/join " + room)
			s.join(room)
		}
		s.clear()
		s.tell(post("golf", "bob", "one"), post("golf", "bob", "two"), post("go", "bob", "Alice!"), post("dev", "bob", "here"))
		s.sees("00:00 [golf] <bob> one", "00:00 [golf] <bob> two", "00:00 [go] <bob> Alice!", "00:00 <bob> here")
		s.wantStatus("dev, 2 members | connected | unread: go 1!, golf 2 | alice")
		s.enter("/join golf")
		s.answer("JOIN", proto.Line{Verb: "JOIN", Room: "golf", Members: 2})
		s.wantStatus("golf, 2 members | connected | unread: go 1! | alice")
		s.clear()
		s.enter("/leave")
		s.answer("LEAVE", proto.Line{Verb: "LEAVE", Room: "golf", Current: "dev"})
		s.sees("-- you have left golf", "-- you are in dev now")
	})
}

// What a nick says can be hidden.
func TestIgnore(t *testing.T) {
	play(t, "go", func(s *fixture) {
		s.enter("/ignore BOB")
		s.tell(post("go", "bob", "alice"), client.Tell{Nick: "bob", Text: "psst"})
		s.enter("/ignore")
		old := pastOf("bob")
		s.enter("/history 1")
		s.answer("HISTORY", proto.Line{Verb: "HISTORY", Room: "go", Shown: 1, Seq: 1}, old)
		s.enter("/unignore bob")
		s.enter("/unignore bob")
		s.tell(post("go", "bob", "heard"))
		s.sees("-- BOB is ignored until chat ends; /unignore BOB undoes that", "-- ignored: BOB", "-- nothing found in go",
			"-- bob is no longer ignored", "! bob is not ignored; /ignore lists who is", "00:00 <bob> heard")
	})
}

// What a person says themselves is never hidden.
func TestIgnoreNeedsSomebodyElse(t *testing.T) {
	play(t, "go", func(s *fixture) {
		s.enter("/ignore ALICE")
		s.tell(post("go", "alice", "mine"))
		s.enter("/unignore")
		s.sees("! you cannot ignore yourself", "00:00 <alice> mine", "! /unignore needs a nick; /ignore lists who is ignored")
	})
}

// The server is told whom it is to refuse. Where it knows nothing of that, chat goes on alone.
func TestIgnoreAtTheServer(t *testing.T) {
	play(t, "go", func(s *fixture) {
		s.enter("/ignore bob")
		s.refuse("IGNORE", &proto.Error{Code: proto.UnknownCommand, Text: "there is no command IGNORE"})
		s.clear()
		s.tell(post("go", "bob", "hidden"), left("go", "bob", "quit"))
		<-time.After(presenceInterval)
		s.enter("/ignore carl")
		if c := s.answer("IGNORE", proto.Line{Verb: "IGNORE", Nick: "carl"}); c.Words[0] != "carl" {
			t.Errorf("it is asked to ignore %s", c.Words)
		}
		s.enter("/ignore dora")
		s.refuse("IGNORE", &proto.Error{Code: proto.TooMany, Text: "you ignore too many"})
		s.enter("/unignore carl")
		s.refuse("UNIGNORE", &proto.Error{Code: proto.StoreFailed, Text: "the disk is full"})
		s.enter("/ignore")
		s.sees("-- carl is ignored until chat ends; /unignore carl undoes that", "-- dora is ignored until chat ends; /unignore dora undoes that", "! you ignore too many",
			"-- carl is no longer ignored", "! the disk is full", "-- ignored: bob carl")
	})
}

// An account keeps whom it ignores, also where it ignores somebody from elsewhere.
func TestIgnoredByAnAccount(t *testing.T) {
	play(t, "go", func(s *fixture) {
		list := func(nicks ...string) {
			var lines []proto.Line
			for _, nick := range nicks {
				lines = append(lines, proto.Line{Type: proto.IGNORED, Nick: nick})
			}
			s.answer("IGNORE", proto.Line{Verb: "IGNORE"}, lines...)
		}
		s.enter("/ignore bob")
		s.answer("IGNORE", proto.Line{Verb: "IGNORE", Nick: "bob"})
		s.move(func(to *client.Session) { to.Account = "alice" }, nil)
		s.enter("/ignore dora") // before the list comes
		list("Carl")
		s.answer("IGNORE", proto.Line{Verb: "IGNORE", Nick: "dora"})
		s.clear()
		s.tell(post("go", "carl", "hidden"), post("go", "dora", "hidden"), post("go", "bob", "heard"))
		s.enter("/ignore")
		s.sees("00:00 <bob> heard", "-- ignored: Carl dora")
		s.wantCompleted("/unignore c", "Carl ")
		s.lose(time.Time{})
		s.connectAgain()
		list("alice", "Bob")
		s.clear()
		s.tell(post("go", "alice", "heard"))
		s.enter("/ignore")
		s.sees("00:00 <alice> heard", "-- ignored: Bob alice")
		s.move(func(to *client.Session) { to.Account = "" }, nil)
		list()
		s.enter("/ignore")
		s.sees("-- nobody is ignored")
	})
}

// TestColors: a mention is bold, the backlog is dim, and what went wrong is red.
func TestColors(t *testing.T) {
	playWith(t, Config{Room: "go", Color: true}, func(s *fixture) {
		s.tell(post("go", "bob", "alice?"), post("go", "bob", "malice"))
		bob := s.ui.view.Nick("bob")
		s.sees("00:00 <"+bob+"> \x1b[1malice?\x1b[0m", "00:00 <"+bob+"> malice")
		s.enter("/xyzzy")
		s.sees("\x1b[31m! there is no command xyzzy; /help lists them\x1b[0m")
		s.enter("/join golf")
		s.answer("JOIN", proto.Line{Verb: "JOIN", Room: "golf", Members: 1}, proto.Line{Type: proto.MSG, Past: true, Room: "golf", Nick: "bob", Text: "past", Time: time.Now()})
		s.sees("\x1b[2m00:00 -- you are in golf: 1 member\x1b[0m", "\x1b[2m00:00 <bob> past\x1b[0m", "\x1b[2m-- live --\x1b[0m")
		s.lose(time.Time{})
		s.wantStatus("golf | \x1b[1mconnecting\x1b[0m | alice")
	})
}
