package ui

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// TestConversation: a room is joined, with its backlog; what is typed, answered and
// said by others is shown in the order of the server.
func TestConversation(t *testing.T) {
	playLive(t, "go", func(s *live) {
		s.sees("-- /help lists the commands, /quit ends", "00:00 -- you are in go: 2 members")
		for _, typed := range []string{"hello", "/whoami", "/me waves", "/topic all about Go", "/history 1", "/msg bob psst"} {
			s.enter(typed)
		}
		if _, err := s.bob.Post(s.Context(), "go", "hi, alice"); err != nil {
			t.Fatal(err)
		}
		s.sees("00:00 <alice> hello", "-- you are alice (guest), in go", "00:00 * alice waves", "00:00 -- alice set the topic of go: all about Go",
			"00:00 * alice waves", "-- 1 post of go; /history BEFORE 2 shows earlier ones", "00:00 [you -> bob] psst", "00:00 <bob> hi, alice")
		s.wantStatus("go, 2 members | connected | alice")
		s.enter("/set echo off")
		s.enter("unheard")
		s.enterAtOnce("/leave", "nobody is here")
		s.enter("/join GO")
		s.sees("-- echo is off", "00:00 <alice> unheard", "-- nobody is ignored", "-- you have left go", "! not posted to go: you are not in go", "!   nobody is here",
			"00:00 -- you are in go: 2 members", "-- topic of go, by alice: all about Go", "00:00 <alice> hello", "00:00 * alice waves", "00:00 <bob> hi, alice",
			"00:00 <alice> unheard", "-- live --")
	})
}

// TestTypedAhead: what is typed after a /join is for the room that it leads to, and
// for no other if it leads nowhere, however fast it is typed.
func TestTypedAhead(t *testing.T) {
	playLive(t, "go", func(s *live) {
		s.clear()
		s.enterAtOnce("one", "/join nowhere", "two", "/create golf", "three", "/join golf", "four", "/join go", "five")
		s.sees("-- nobody is ignored", "00:00 <alice> one", "! there is no room nowhere; /create nowhere makes it, /rooms lists the rooms",
			"! not posted to nowhere: you are not in nowhere", "!   two", "! not posted to nowhere: you are not in nowhere", "!   three",
			"-- created room golf; /join golf enters it", "00:00 -- you are in golf: 1 member", "00:00 <alice> four", "00:00 -- you are in go: 2 members", "00:00 <alice> five")
		if got := s.posts("go"); len(got) != 2 || got[0] != "alice: one" || got[1] != "alice: five" {
			t.Errorf("posted in go are %q", got)
		}
	})
}

// TestNewRoom: the room that chat is started with is created if it is missing.
func TestNewRoom(t *testing.T) {
	playLive(t, "new", func(s *live) {
		s.sees("-- /help lists the commands, /quit ends", "-- created room new", "00:00 -- you are in new: 1 member")
	})
	playLive(t, "g0", func(s *live) {
		s.sees("-- /help lists the commands, /quit ends", "! there is a room g0, or one that looks like it; /join it or choose another name")
	})
}

// TestCut: what is entered without a connection is posted once there is one, and what
// others have posted meanwhile comes, each once.
func TestCut(t *testing.T) {
	playLive(t, "go", func(s *live) {
		s.enter("before")
		s.clear()
		s.conn.Close()
		synctest.Wait()
		for _, typed := range []string{"meanwhile", "/whoami", "/topic"} {
			s.enter(typed)
		}
		if _, err := s.bob.Post(s.Context(), "go", "from bob"); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Minute)
		s.sees("00:00 -- lost the connection (cut); reconnecting", "-- not connected; this will be posted to go: meanwhile",
			"-- not connected; /whoami will be sent later", "-- not connected; /topic will be sent later",
			"00:00 <bob> from bob", "00:00 -- connected again", "00:00 <alice> meanwhile", "-- you are alice (guest), in go", "-- go has no topic")
		s.wantStatus("go, 2 members | connected | alice")
	})
}

// TestUnanswered: at the end it is said of each post that has no answer whether it
// may have been posted.
func TestUnanswered(t *testing.T) {
	playLive(t, "go", func(s *live) {
		s.clear()
		s.silent.Store(true)
		s.enterAtOnce("unanswered", "/join golf", "unsent", "/quit")
		time.Sleep(quitTimeout + 2*time.Second) // which Close takes
		synctest.Wait()
		s.sees("-- nobody is ignored", "-- no answer yet to: unanswered", "! perhaps not posted to go: the connection was lost before the answer came", "!   unanswered",
			"! the connection was lost before /join was answered; it may have taken effect", "! not posted to golf: chat ended before it was sent", "!   unsent")
	})
	playLive(t, "go", func(s *live) {
		s.server.Close()
		s.clear()
		s.enter("unsent")
		s.enter("/quit")
		s.sees("-- not connected; this will be posted to go: unsent", "! not posted to go: chat ended before it was sent", "!   unsent")
	})
}

// TestWhereLinesGo: whatever is typed, however fast, and whatever becomes of the
// connection, a line is posted once, in the room that it was typed for, or not at
// all, and then it is shown again.
func TestWhereLinesGo(t *testing.T) {
	for seed := range uint64(10) {
		playLive(t, "go", func(s *live) {
			for _, room := range []string{"golf", "dev"} {
				if err := s.bob.Create(s.Context(), room, ""); err != nil {
					t.Fatal(err)
				}
			}
			typed := typeAnything(s, rand.New(rand.NewPCG(seed, 0)))
			printed := strings.Join(s.take(), "\n") + "\n"
			posted := map[string]int{}
			for _, room := range []string{"go", "golf", "dev"} {
				for _, text := range s.posts(room) {
					posted[text]++
					if !strings.HasSuffix(text, " for "+room) {
						t.Errorf("seed %d: posted in %s is %q", seed, room, text)
					}
				}
			}
			for _, text := range typed {
				n, notPosted := posted["alice: "+text], strings.Contains(printed, "!   "+text+"\n") || strings.HasSuffix(text, " for none")
				if n > 1 || (n == 1) == notPosted {
					t.Errorf("seed %d: %q was posted %d times, and is shown as not posted: %v", seed, text, n, notPosted)
				}
			}
			if len(posted) == 0 || len(posted) == len(typed) {
				t.Errorf("seed %d: %d of %d lines were posted", seed, len(posted), len(typed))
			}
		})
	}
}

// typeAnything enters and leaves rooms, of which one is missing, and types lines that
// say for which room they are; now and then there is no connection. It returns the lines.
func typeAnything(s *live, r *rand.Rand) (typed []string) {
	for range 30 {
		room, _ := strings.CutSuffix(s.promptShown(), "> ")
		if r.IntN(4) == 0 {
			s.conn.Close()
			synctest.Wait()
		}
		var lines []string
		for range 1 + r.IntN(6) {
			line := fmt.Sprintf("%d for %s", len(typed), cmp.Or(room, "none"))
			switch r.IntN(5) {
			case 0:
				room = []string{"go", "golf", "dev", "nowhere"}[r.IntN(4)]
				line = "/join " + room
			case 1:
				line = "/leave"
			default:
				typed = append(typed, line)
			}
			lines = append(lines, line)
		}
		s.enterAtOnce(lines...)
		time.Sleep(time.Minute) // until all is answered
		synctest.Wait()
	}
	return typed
}
