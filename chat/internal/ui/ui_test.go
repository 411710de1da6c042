package ui

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"testing/synctest"
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

// The server's commands are shown as people type them; words of the person's
// own that look like one are not touched.
func TestOwnWords(t *testing.T) {
	play(t, "go", func(s *fixture) {
		s.enter("/leave QUIT")
		s.refuse("LEAVE", &proto.Error{Code: proto.NotInRoom, Text: "you are not in room QUIT; WHOAMI names your current room"})
		s.sees("! you are not in room QUIT; /whoami names your current room")
		s.enter("/in BUY.ME who")
		s.refuse("WHO", &proto.Error{Code: proto.NoSuchRoom, Text: "there is no room BUY.ME; CREATE BUY.ME makes it"})
		s.sees("! there is no room BUY.ME; /create BUY.ME makes it")
	})
}

// Who comes and goes while the members of a room are asked for counts, whichever
// is dealt with first.
func TestCrossing(t *testing.T) {
	play(t, "", func(s *fixture) {
		s.enter("/join go")
		s.answer("JOIN", proto.Line{Verb: "JOIN", Room: "go", Members: 2})
		s.tell(came("go", "carl"), came("go", "dora"), left("go", "bob", "quit"), left("go", "dora", "quit"))
		s.answer("WHO", proto.Line{Verb: "WHO", Room: "go", Members: 2}, proto.Line{Type: proto.USER, Nick: "alice"}, proto.Line{Type: proto.USER, Nick: "bob"})
		s.wantStatus("go, 2 members | connected | alice")
		s.tell(left("go", "carl", "quit"))
		s.wantStatus("go, 1 member | connected | alice")
	})
}

// A private line is for whoever has written last, wherever that was, and rather
// for somebody who is here than for somebody who has left.
func TestCompleteNick(t *testing.T) {
	play(t, "", func(s *fixture) {
		offered := func() []string {
			_, found, _ := s.ui.completer.complete("/msg b", 6)
			return found
		}
		s.enter("/join go")
		s.answer("JOIN", proto.Line{Verb: "JOIN", Room: "go", Members: 3}, pastOf("bill"), pastOf("bert"), pastOf("bella"))
		s.answer("WHO", proto.Line{Verb: "WHO", Room: "go", Members: 3}, proto.Line{Type: proto.USER, Nick: "alice"}, proto.Line{Type: proto.USER, Nick: "bob"}, proto.Line{Type: proto.USER, Nick: "bill"})
		if got := offered(); !slices.Equal(got, []string{"bill ", "bob ", "bella ", "bert "}) {
			t.Errorf("of those who are here and those who were, %q are offered", got)
		}
		s.tell(post("go", "bob", "hello"), client.Tell{Nick: "bruno", Text: "psst"})
		if got := offered(); !slices.Equal(got, []string{"bruno ", "bob ", "bill ", "bella ", "bert "}) {
			t.Errorf("after a post and a private line %q are offered", got)
		}
		s.tell(left("go", "bob", "quit"))
		if got := offered(); !slices.Equal(got, []string{"bruno ", "bill ", "bella ", "bert "}) {
			t.Errorf("after bob has left %q are offered", got)
		}
	})
}

func pastOf(nick string) proto.Line {
	return proto.Line{Type: proto.MSG, Room: "go", Nick: nick, Text: "before", Past: true}
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
		s.wantStatus("go, 2 members | connected | alice")
		s.enter("hello, gophers")
		s.posted("go", "hello, gophers")
	})
}

// Where the reconnection has entered a room, a line that was meant as a command is
// not posted in it.
func TestRoomEntered(t *testing.T) {
	play(t, "go", func(s *fixture) {
		s.enter("/leave")
		s.answer("LEAVE", proto.Line{Verb: "LEAVE", Room: "go"})
		s.move(func(to *client.Session) { to.Rooms = []string{"golf"} }, nil)
		s.lose(time.Time{})
		s.move(func(to *client.Session) { to.State, to.Room = client.InRoom, "golf" }, nil)
		s.clear()
		s.enter("nick bob s3cret")
		s.sees("! not posted: you are in golf again; /join enters a room", "!   nick bob s3cret")
		s.enter("hello")
		s.posted("golf", "hello")
	})
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

// What is pasted or written out where there is no room for it is shown again.
func TestNowhere(t *testing.T) {
	play(t, "", func(s *fixture) {
		s.fakeTerminal.lines <- prompt.Line{Text: "a\nb", Paste: []string{"a", "b"}}
		s.enter("//x")
		s.enter("/who")
		s.sees("! not posted: you are in no room; /join enters one", "!   a", "!   b",
			"! not posted: you are in no room; /join enters one", "!   /x",
			"! /who needs a room, and you are in none; /join one first")
	})
}

// A post without an answer is shown after a while, and holds up nothing.
func TestOverdue(t *testing.T) {
	play(t, "go", func(s *fixture) {
		s.enter("first")
		s.enter("/whoami")
		time.Sleep(answerTimeout - 1)
		s.sees()
		time.Sleep(1)
		s.sees("-- no answer yet to: first")
		s.answer("WHOAMI", proto.Line{Verb: "WHOAMI", Nick: "alice", Role: "guest"})
		s.posted("go", "first")
		time.Sleep(answerTimeout)
		s.sees("-- you are alice (guest), in go", "00:00 <alice> first")
		s.lose(time.Time{})
		s.clear()
		s.enter("second")
		time.Sleep(answerTimeout)
		s.sees("-- not connected; this will be posted to go: second")
	})
}

// Piped lines are read one by one, each after the answer to the one before; a post
// without an answer holds them up for a while only.
func TestPipedLines(t *testing.T) {
	play(t, "go", func(s *fixture) {
		s.ui.plain = true
		next := func(want string) {
			t.Helper()
			synctest.Wait()
			select {
			case s.fakeTerminal.lines <- prompt.Line{Text: want}:
				if want == "" {
					t.Error("a line was read too early")
				}
			default:
				if want != "" {
					t.Errorf("%q was not read", want)
				}
			}
			synctest.Wait()
		}
		next("/whoami")
		time.Sleep(answerTimeout)
		next("")
		s.answer("WHOAMI", proto.Line{Verb: "WHOAMI", Nick: "alice", Role: "guest"})
		next("first")
		next("")
		time.Sleep(answerTimeout)
		next("/join nowhere")
		s.posted("go", "first")
		next("")
		s.refuse("JOIN", &proto.Error{Code: proto.NoSuchRoom, Text: "there is no room nowhere"})
		s.clear()
		next("hello")
		next("/history")
		s.sees("! not posted to nowhere: you are not in nowhere", "!   hello")
		if c := s.answer("HISTORY", proto.Line{Verb: "HISTORY", Room: "nowhere"}); c.Room != "nowhere" {
			t.Errorf("asked for are the posts of %q", c.Room)
		}
		next("/join go")
		s.answer("JOIN", proto.Line{Verb: "JOIN", Room: "go"})
		next("here")
		s.posted("go", "here")
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

// What does no harm twice is sent again when its answer was lost, and nothing else is.
func TestLostAnswers(t *testing.T) {
	for typed, again := range map[string]bool{
		"/whoami": true, "/ping": true, "/rooms": true, "/who": true, "/history 1": true, "/search a": true, "/set": true, "/join golf": true,
		"/topic": true, "/topic new": false, "/leave": false, "/nick bob": false, "/create dev": false, "/tell bob hi": false, "/kick bob": false, "hello": false,
	} {
		play(t, "go", func(s *fixture) {
			s.enter(typed)
			q := s.asked("")
			s.tell(client.Answer{Request: q.request, Err: fmt.Errorf("%w: cut", client.ErrLost)})
			if repeated := s.find(""); (repeated != nil) != again {
				t.Errorf("%s is sent again: %v", typed, !again)
			}
			if printed := s.take(); (len(printed) == 0) != again {
				t.Errorf("%s: printed is %q", typed, printed)
			}
		})
	}
}

// What is refused is shown, a post and a private line with their text.
func TestRefused(t *testing.T) {
	play(t, "go", func(s *fixture) {
		s.enter("too much")
		s.refuse("POST", &proto.Error{Code: proto.TooLong, Text: "a line has at most 8192 bytes"})
		s.sees("! not posted to go: a line has at most 8192 bytes", "!   too much")
		s.enter("/msg carol psst")
		s.refuse("TELL", &proto.Error{Code: proto.NoSuchUser, Text: "nobody here is called carol; WHO lists the members of a room"})
		s.sees("! not sent to carol: nobody here is called carol; /who lists the members of a room", "!   psst")
		s.fakeTerminal.lines <- prompt.Line{Text: "a\nb", Paste: []string{"a", "b"}}
		s.refuse("PASTE", &proto.Error{Code: proto.StoreFailed, Text: "the disk is full"})
		s.sees("! not posted to go: the disk is full", "!   a", "!   b")
		s.enter("/create dev")
		s.refuse("CREATE", fmt.Errorf("%w: cut", client.ErrLost))
		s.sees("! the connection was lost before /create was answered; it may have taken effect")
		s.enter("lost")
		s.refuse("POST", fmt.Errorf("%w: cut", client.ErrLost))
		s.sees("! perhaps not posted to go: the connection was lost before the answer came", "!   lost")
	})
}

// Who comes and goes is told of in one line, before the next post or after a
// while; who does both is not.
func TestPresence(t *testing.T) {
	play(t, "go", func(s *fixture) {
		s.tell(came("go", "carol"), came("go", "dave"), left("go", "dave", "quit"), left("go", "bob", "quit"))
		s.sees()
		s.tell(post("go", "carol", "hello"))
		s.sees("00:00 -- +carol -bob", "00:00 <carol> hello")
		for i := range 6 {
			s.tell(came("go", fmt.Sprint("n", i)))
		}
		s.tell(left("go", "carol", "lost"))
		time.Sleep(presenceInterval)
		s.sees("00:00 -- +6 -1")
		s.tell(came("golf", "eve"))
		s.enter("/set joins off")
		s.tell(came("go", "frank"), post("go", "frank", "hi"))
		s.sees("-- joins is off", "00:00 <frank> hi")
		s.wantStatus("go, 8 members | connected | alice")
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

// The bell rings for what is meant for the person, not too often, and not for
// what is past.
func TestBell(t *testing.T) {
	play(t, "go", func(s *fixture) {
		past := post("go", "bob", "alice, earlier")
		past.Replayed = true
		s.tell(past, post("go", "bob", "hello"), post("go", "alice", "alice"))
		if n := s.rings(); n != 0 {
			t.Errorf("the bell rang %d times for nothing", n)
		}
		s.tell(post("go", "bob", "alice?"), post("go", "bob", "alice!"))
		if n := s.rings(); n != 1 {
			t.Errorf("the bell rang %d times for two mentions at once", n)
		}
		time.Sleep(bellInterval)
		s.tell(client.Tell{Nick: "bob", Text: "psst"})
		time.Sleep(bellInterval)
		s.enter("/set bell all")
		s.tell(post("go", "bob", "hello"))
		time.Sleep(bellInterval)
		s.enter("/set bell off")
		s.tell(post("go", "bob", "alice"))
		if n := s.rings(); n != 3 {
			t.Errorf("the bell rang %d times, not 3", n)
		}
	})
}

// The first post that comes while the person looks elsewhere has a mark.
func TestUnread(t *testing.T) {
	play(t, "go", func(s *fixture) {
		s.tell(post("go", "bob", "seen"))
		s.ui.onFocus(false)
		s.tell(post("go", "bob", "one"), post("go", "bob", "two"))
		s.ui.onFocus(true)
		s.tell(post("go", "bob", "three"))
		s.sees("00:00 <bob> seen", "-- new --", "00:00 <bob> one", "00:00 <bob> two", "00:00 <bob> three")
		time.Sleep(idleTimeout)
		s.tell(post("go", "alice", "my own"), post("go", "bob", "four"), post("go", "bob", "five"))
		s.sees("00:10 <alice> my own", "-- new --", "00:10 <bob> four", "00:10 <bob> five")
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

// A command that only the server knows is sent as it is.
func TestNewerServer(t *testing.T) {
	play(t, "go", func(s *fixture) {
		s.enter("/kick bob too loud")
		if c := s.answer("KICK", proto.Line{Verb: "KICK"}); c.Text != "bob too loud" {
			t.Errorf("sent is %q", c.Text)
		}
		s.sees("-- OK KICK")
		s.enter("/help kick")
		s.sees("  /kick nick [why] - takes somebody out of the room")
		s.enter("/kcik bob")
		s.sees("! there is no command kcik; did you mean /kick?")
	})
}

// The client's end is the end of the ui.
func TestClientEnds(t *testing.T) {
	play(t, "go", func(s *fixture) {
		s.fakeClient.fail(client.ErrReplaced)
		close(s.fakeClient.events)
		if <-s.done; !errors.Is(s.err, client.ErrReplaced) {
			t.Errorf("Run ended with %v", s.err)
		}
	})
}
