package ui

import (
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"linechat/chat/client"
	"linechat/chat/internal/prompt"
	"linechat/chatd/proto"
)

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
		read := func(want bool) {
			t.Helper()
			synctest.Wait()
			if got := len(s.fakeTerminal.lines) == 0; got != want {
				t.Errorf("the line was read: %v", got)
			}
		}
		s.enter("/whoami")
		read(true)
		s.enter("first")
		time.Sleep(answerTimeout)
		read(false)
		s.answer("WHOAMI", proto.Line{Verb: "WHOAMI", Nick: "alice", Role: "guest"})
		read(true)
		s.enter("/join nowhere")
		time.Sleep(answerTimeout - 1)
		read(false)
		time.Sleep(1)
		read(true)
		s.posted("go", "first")
		s.enter("hello")
		read(false)
		s.clear()
		s.refuse("JOIN", &proto.Error{Code: proto.NoSuchRoom, Text: "there is no room nowhere"})
		s.sees("! there is no room nowhere", "! not posted to nowhere: you are not in nowhere", "!   hello")
		s.enter("/history")
		if c := s.answer("HISTORY", proto.Line{Verb: "HISTORY", Room: "nowhere"}); c.Room != "nowhere" {
			t.Errorf("asked for are the posts of %q", c.Room)
		}
		s.enter("/join go")
		s.enter("here")
		read(false)
		s.answer("JOIN", proto.Line{Verb: "JOIN", Room: "go"})
		s.posted("go", "here")
	})
}

// What does no harm twice is sent again when its answer was lost, and nothing else is.
func TestLostAnswers(t *testing.T) {
	for typed, again := range map[string]bool{
		"/whoami": true, "/ping": true, "/rooms": true, "/who": true, "/history 1": true, "/search a": true, "/set": true, "/join golf": true,
		"/topic": true, "/topic new": false, "/leave": false, "/nick bob": false, "/create dev": false, "/tell bob hi": false, "/kick bob": false, "hello": false, "/help": true,
	} {
		play(t, "go", func(s *fixture) {
			if typed == "/help" {
				s.ui.help = nil // else it is shown without a request
			}
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

// TestBackground: what nobody waits for is neither shown when it fails nor sent again,
// and holds up neither piped lines nor the end.
func TestBackground(t *testing.T) {
	play(t, "go", func(s *fixture) {
		s.lose(time.Time{})
		s.connectAgain()
		s.clear()
		s.refuse("HELP", fmt.Errorf("%w: cut", client.ErrLost))
		s.refuse("ROOMS", &proto.Error{Code: proto.StoreFailed, Text: "the disk is full"})
		s.sees()
		if q := s.find("HELP"); q != nil {
			t.Error("HELP is sent again")
		}
		s.ui.plain = true
		s.enter("/ignore")
		s.sees("-- nobody is ignored")
		if q := s.find("WHO"); q == nil {
			t.Fatal("there is no WHO without an answer")
		}
		close(s.fakeTerminal.lines)
		<-s.done
	})
}
