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

func left(room, nick, why string) client.Event {
	return client.MemberLeft{Room: room, Nick: nick, Why: why}
}

func came(room, nick string) client.Event {
	return client.MemberJoined{Room: room, Nick: nick}
}

var lost = client.StateChange{To: client.Session{State: client.Lost}, Err: errors.New("cut")}

// Whoever is taken out of a room posts nothing anywhere else: neither what was
// half typed nor what waited.
func TestTakenOut(t *testing.T) {
	play(t, "go", func(s *fixture) {
		s.enter("/join golf")
		s.join("golf")
		s.enter("first")
		s.enter("second")
		s.clear()
		s.tell(left("golf", "alice", "kick"))
		s.sees("00:00 -- you were removed from golf: kick")
		s.refuse("POST", &proto.Error{Code: proto.NotInRoom, Text: "you are in no room; JOIN one first"})
		s.sees("! not posted to golf: you are in no room; /join one first", "!   first",
			"! not posted to golf: you are not in golf", "!   second")
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

// A room that cannot be joined again after the connection was lost is none;
// what was being typed for it goes nowhere else.
func TestRoomLost(t *testing.T) {
	play(t, "go", func(s *fixture) {
		s.enter("/join golf")
		s.join("golf")
		s.clear()
		s.tell(lost, client.RoomLost{Room: "golf", Err: &proto.Error{Code: proto.NoSuchRoom, Text: "there is no room golf; CREATE golf makes it"}})
		s.tell(client.StateChange{To: client.Session{State: client.InRoom, Rooms: []string{"go"}}})
		s.sees("00:00 -- lost the connection (cut); reconnecting",
			"00:00 -- you are no longer in golf: there is no room golf; /create golf makes it",
			"00:00 -- connected again")
		s.enter("hello, golfers")
		s.sees("! not posted: you are no longer in golf; /join enters a room", "!   hello, golfers")
	})
}

// What is typed right behind a /join is for the room that it leads to, and for
// no other if it leads nowhere.
func TestTypedAhead(t *testing.T) {
	play(t, "go", func(s *fixture) {
		s.enter("/join golf")
		s.enter("hello, golfers")
		s.answer("JOIN", proto.Line{Verb: "JOIN", Room: "golf", Members: 1})
		s.posted("golf", "hello, golfers")
		s.clear()
		s.enter("/join nowhere")
		s.enter("hello, nobody")
		s.refuse("JOIN", &proto.Error{Code: proto.NoSuchRoom, Text: "there is no room nowhere; CREATE nowhere makes it"})
		s.sees("! there is no room nowhere; /create nowhere makes it", "! not posted to nowhere: you are not in nowhere", "!   hello, nobody")
	})
}

// What comes between the answer to a JOIN and the loop's dealing with it is
// shown behind the backlog.
func TestEarlyPosts(t *testing.T) {
	play(t, "go", func(s *fixture) {
		s.enter("/join golf")
		s.tell(post("golf", "carol", "live"), came("golf", "dave"))
		s.sees()
		s.answer("JOIN", proto.Line{Verb: "JOIN", Room: "golf", Members: 1}, proto.Line{
			Type: proto.MSG, Past: true, Room: "golf", Nick: "carol", Text: "past", Time: time.Now()})
		s.sees("00:00 -- you are in golf: 1 member", "00:00 <carol> past", "-- live --", "00:00 <carol> live")
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

// Posts wait for one another only a while, so that one that is not answered
// does not hold up the rest; commands wait for their turn.
func TestPatience(t *testing.T) {
	play(t, "go", func(s *fixture) {
		s.enter("first")
		s.enter("/whoami")
		if q := s.find("WHOAMI"); q != nil {
			t.Fatal("a command has not waited for the post before it")
		}
		time.Sleep(answerTimeout)
		s.answer("WHOAMI", proto.Line{Verb: "WHOAMI", Nick: "alice", Role: "guest"})
		s.sees("-- no answer yet to: first", "-- you are alice (guest), in go")
		s.posted("go", "first")
		s.sees("00:00 <alice> first")
	})
}

// What follows a post is shown behind it, although answers and events come
// separate ways. An event that never comes is not waited for.
func TestOrder(t *testing.T) {
	play(t, "go", func(s *fixture) {
		s.enter("first")
		s.enter("/whoami")
		s.asked("POST").answer <- answer{reply: client.Reply{OK: proto.Line{Type: proto.OK, Verb: "POST", Room: "go", Seq: 7}}}
		synctest.Wait()
		if q := s.find("WHOAMI"); q != nil {
			t.Error("a command has not waited for the post before it to be shown")
		}
		own := post("go", "alice", "first")
		own.Seq = 7
		s.tell(own)
		s.answer("WHOAMI", proto.Line{Verb: "WHOAMI", Nick: "alice", Role: "guest"})
		s.sees("00:00 <alice> first", "-- you are alice (guest), in go")

		s.enter("second")
		s.asked("POST").answer <- answer{reply: client.Reply{OK: proto.Line{Type: proto.OK, Verb: "POST", Room: "go", Seq: 8}}}
		s.enter("/whoami")
		time.Sleep(answerTimeout)
		s.answer("WHOAMI", proto.Line{Verb: "WHOAMI", Nick: "alice", Role: "guest"})
		s.sees("-- you are alice (guest), in go")
	})
}

// A connection that is lost costs one line, and another when it is back; the
// status row counts the seconds, and posts wait.
func TestLink(t *testing.T) {
	play(t, "go", func(s *fixture) {
		for range 3 {
			s.tell(client.StateChange{To: client.Session{State: client.Lost}, Err: errors.New("cut"), Next: time.Now().Add(2500 * time.Millisecond)})
			s.wantStatus("go | lost: next attempt in 3 s | alice")
			time.Sleep(time.Second)
			synctest.Wait()
			s.wantStatus("go | lost: next attempt in 2 s | alice")
			s.tell(client.StateChange{To: client.Session{State: client.Connecting}})
		}
		s.enter("hello")
		s.wantStatus("go | connecting | 1 post waits | alice")
		s.tell(client.StateChange{To: client.Session{State: client.InRoom}})
		s.posted("go", "hello")
		s.sees("00:00 -- lost the connection (cut); reconnecting", "-- not connected; this will be posted to go: hello",
			"00:00 -- connected again", "00:00 <alice> hello")
	})
}

// A post that is refused is shown with its text, and so is one of which nothing
// is known at the end.
func TestRefusedPosts(t *testing.T) {
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
		s.enter("unanswered")
		s.enter("/quit")
		s.fakeTerminal.closed = true
		time.Sleep(quitTimeout)
		s.sees("-- no answer yet to: unanswered", "! perhaps not posted to go: the connection was lost before the answer came", "!   unanswered")
	})
}

// What has not even been sent at the end is shown as well.
func TestUnsentPosts(t *testing.T) {
	play(t, "go", func(s *fixture) {
		s.enter("/whoami")
		s.enter("unsent")
		s.enter("/quit")
		s.fakeTerminal.closed = true
		time.Sleep(quitTimeout)
		s.sees("! the connection was lost before /whoami was answered; it may have taken effect",
			"! not posted to go: chat ended before it was sent", "!   unsent")
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
		s.fakeClient.mu.Lock()
		s.fakeClient.err = client.ErrReplaced
		s.fakeClient.mu.Unlock()
		close(s.fakeClient.closed)
		close(s.fakeClient.events)
		err := <-s.ended
		if !errors.Is(err, client.ErrReplaced) {
			t.Errorf("Run ended with %v", err)
		}
		s.ended <- err
	})
}
