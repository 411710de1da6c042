package client

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"linechat/chatd/proto"
)

// TestResume: after a lost connection the client is where it was: nick, format,
// settings, whom it ignores, rooms in their order, each after what was seen.
func TestResume(t *testing.T) {
	play(t, Config{Nick: "alice"}, func(s *fixture) {
		p := s.start()
		p.join("go", 2)
		p.join("ops", 7)
		p.join("zoo", 0)
		p.join("go", 2) // which makes it the current one
		set := s.do("SET", "presence", "off")
		p.expect("SET presence off")
		p.say(ok("SET", "name", "presence", "value", "off"))
		_, _ = set()
		for _, command := range []string{"IGNORE bob", "IGNORE carol", "UNIGNORE Bob", "IGNORE CAROL"} {
			verb, nick, _ := strings.Cut(command, " ")
			ignore := s.do(verb, nick)
			p.expect(command)
			p.say(ok(verb, "nick", nick))
			_, _ = ignore()
		}
		p.say(msg("go", 3, "bob", "three"), `{"type":"topic","room":"zoo","nick":"bob","text":"Zoo"}`)
		s.wants("INIT → IN_ROOM in go", "IN_ROOM → IN_ROOM in go, ops", "IN_ROOM → IN_ROOM in go, ops, zoo", "IN_ROOM → IN_ROOM in ops, zoo, go",
			"MSG go 3 bob three", "TOPIC zoo bob Zoo")
		p.say(`{"type":"bye","code":"shutdown","text":"the server is stopping"}`)
		s.wants("BYE shutdown the server is stopping", "IN_ROOM → lost: the server said BYE shutdown the server is stopping")
		if got := s.client.Session(); got.Room != "go" || got.State != Lost {
			s.Errorf("lost is %+v", got)
		}
		s.refuse()
		s.wants("lost → connecting", "connecting → lost: refused", "lost → connecting")

		p = s.accept()
		began := time.Now()
		p.say("HELLO chatd/1 guest-2 Type HELP", "NOTICE the message of the day")
		p.expect("FORMAT json")
		p.say(ok("FORMAT", "format", "json"))
		p.expect("NICK alice key")
		p.say(ok("NICK", "nick", "alice"))
		p.expect("SET presence off", "IGNORE CAROL")
		p.say(ok("SET", "name", "presence", "value", "off"), ok("IGNORE", "nick", "CAROL"))
		p.expect("JOIN ops AFTER 7", "JOIN zoo AFTER 0", "JOIN go AFTER 3")
		p.say(past("ops", 8, "bob", "eight"), past("ops", 9, "bob", "nine"), ok("JOIN", "room", "ops", "members", 2, "seq", 9),
			msg("ops", 10, "bob", "live"),
			ok("JOIN", "room", "zoo", "members", 1, "seq", 0),
			`{"type":"topic","room":"go","nick":"bob","text":"Go"}`,
			`{"type":"gap","room":"go","from":4,"to":5,"why":"retention"}`,
			past("go", 6, "bob", "six"), ok("JOIN", "room", "go", "members", 2, "seq", 6))
		s.wants("past MSG ops 8 bob eight", "past MSG ops 9 bob nine", "MSG ops 10 bob live", "TOPIC zoo - ",
			"GAP go 4 5 retention", "past MSG go 6 bob six", "TOPIC go bob Go")
		s.wants("connecting → IN_ROOM in ops, zoo, go")
		if took := time.Since(began); took != 0 {
			t.Errorf("what was answered at once took %v", took)
		}
		p.say(msg("go", 6, "bob", "six"), msg("go", 7, "bob", "seven")) // the first of them has been seen
		s.wants("MSG go 7 bob seven")
		p.answerQuit()
	})
}

// TestResumeCut: a connection that is lost while rooms are resumed loses
// nothing.
func TestResumeCut(t *testing.T) {
	play(t, Config{}, func(s *fixture) {
		p := s.start()
		p.join("go", 0)
		p.cut()
		s.wants("INIT → IN_ROOM in go", "IN_ROOM → lost: EOF", "lost → connecting")
		p = s.accept()
		p.greet()
		p.expect("JOIN go AFTER 0")
		p.say(past("go", 1, "bob", "one"), past("go", 2, "bob", "two"))
		_, _ = p.net.Write([]byte(past("go", 3, "bob", "half a line")[:40]))
		p.cut()
		s.wants("past MSG go 1 bob one", "past MSG go 2 bob two", "connecting → lost: EOF", "lost → connecting")
		p = s.accept()
		p.greet()
		p.expect("JOIN go AFTER 2")
		p.say(past("go", 3, "bob", "three"), ok("JOIN", "room", "go", "members", 1, "seq", 3))
		s.wants("past MSG go 3 bob three", "connecting → IN_ROOM in go")
		p.answerQuit()
	})
}

// TestPauseAfterProgress: connections that are lost while rooms are resumed, and bring
// back some of what was missed, are no failures, which would have each pause longer
// than the last.
func TestPauseAfterProgress(t *testing.T) {
	play(t, Config{}, func(s *fixture) {
		p := s.start()
		p.join("go", 0)
		s.wants("INIT → IN_ROOM in go")
		p.cut()
		s.wants("IN_ROOM → lost: EOF", "lost → connecting")
		for seq := range 3 {
			p = s.accept()
			p.greet()
			p.expect(fmt.Sprint("JOIN go AFTER ", seq))
			p.say(past("go", seq+1, "bob", "x"))
			lost := time.Now()
			p.cut()
			s.wants(fmt.Sprintf("past MSG go %d bob x", seq+1), "connecting → lost: EOF", "lost → connecting")
			if pause := time.Since(lost); pause != time.Second {
				t.Errorf("the pause is %v", pause)
			}
		}
		p = s.accept()
		p.greet()
		p.expect("JOIN go AFTER 3")
		p.say(ok("JOIN", "room", "go", "members", 1, "seq", 3))
		s.wants("connecting → IN_ROOM in go")
		p.answerQuit()
	})
}

// TestResumeRefused: rooms that are gone are reported, those that cannot be read
// now are tried again, and one that begins anew is joined at its end.
func TestResumeRefused(t *testing.T) {
	play(t, Config{}, func(s *fixture) {
		p := s.start()
		p.join("a", 1)
		p.join("b", 2)
		p.join("c", 3)
		p.join("d", 4)
		p.cut()
		s.wants("INIT → IN_ROOM in a", "IN_ROOM → IN_ROOM in a, b", "IN_ROOM → IN_ROOM in a, b, c", "IN_ROOM → IN_ROOM in a, b, c, d",
			"IN_ROOM → lost: EOF", "lost → connecting")
		p = s.accept()
		p.greet()
		p.expect("JOIN a AFTER 1", "JOIN b AFTER 2", "JOIN c AFTER 3", "JOIN d AFTER 4")
		p.say(refusing("JOIN", proto.NoSuchRoom), refusing("JOIN", proto.BadPosition))
		s.wants("room lost a: no-such-room: no", "connecting → connecting")
		p.say(refusing("JOIN", proto.Stopping), ok("JOIN", "room", "d", "members", 1, "seq", 4))
		p.expect("JOIN b")
		p.say(ok("JOIN", "room", "b", "members", 1, "seq", 1))
		s.wants("room reset b 2 1")
		p.expect("JOIN c AFTER 3")
		p.say(refusing("JOIN", proto.StoreFailed))
		refused := time.Now()
		p.expect("JOIN c AFTER 3")
		if pause := time.Since(refused); pause != 2*time.Second {
			t.Errorf("after the second refusal the pause is %v", pause)
		}
		p.say(ok("JOIN", "room", "c", "members", 1, "seq", 3))
		p.expect("JOIN d") // is to be the current one
		p.say(ok("JOIN", "room", "d", "members", 1, "seq", 4))
		s.wants("connecting → IN_ROOM in b, c, d")
		p.say(msg("b", 2, "bob", "another two"))
		s.wants("MSG b 2 bob another two")
		p.answerQuit()
	})
}

// TestResumeRenamed: a room that was created anew under a name that is spelt otherwise
// is the same room, and has the place that it had.
func TestResumeRenamed(t *testing.T) {
	play(t, Config{}, func(s *fixture) {
		p := s.start()
		p.join("go", 2)
		p.join("ops", 0)
		p.cut()
		s.wants("INIT → IN_ROOM in go", "IN_ROOM → IN_ROOM in go, ops", "IN_ROOM → lost: EOF", "lost → connecting")
		p = s.accept()
		p.greet()
		p.expect("JOIN go AFTER 2", "JOIN ops AFTER 0")
		p.say(ok("JOIN", "room", "Go", "members", 1, "seq", 2), ok("JOIN", "room", "OPS", "members", 1, "seq", 0))
		s.wants("connecting → connecting", "connecting → connecting", "connecting → IN_ROOM in Go, OPS")
		p.say(msg("Go", 3, "bob", "three"), msg("go", 4, "bob", "of no room"), msg("OPS", 1, "bob", "one"))
		s.wants("MSG Go 3 bob three", "MSG OPS 1 bob one")
		if got := s.client.Session(); got.Room != "OPS" {
			t.Errorf("the current room is %q", got.Room)
		}
		p.cut()
		s.wants("IN_ROOM → lost: EOF", "lost → connecting")
		p = s.accept()
		p.greet()
		p.expect("JOIN Go AFTER 3", "JOIN OPS AFTER 1")
		p.cut()
	})
}

// TestResumeCurrent: where no room was current, the server's current one is, that was
// joined last. A gap that was seen is not asked for again.
func TestResumeCurrent(t *testing.T) {
	play(t, Config{Nick: "alice"}, func(s *fixture) {
		p := s.start()
		p.join("go", 3)
		p.join("ops", 0)
		p.say(`{"type":"left","room":"ops","nick":"alice","why":"kick"}`, `{"type":"gap","room":"go","from":4,"to":9,"why":"retention"}`)
		s.wants("INIT → IN_ROOM in go", "IN_ROOM → IN_ROOM in go, ops", "LEFT ops alice kick", "IN_ROOM → INIT in go", "GAP go 4 9 retention")
		p.cut()
		s.wants("INIT → lost: EOF", "lost → connecting")
		p = s.accept()
		p.greet()
		p.expect("JOIN go AFTER 9")
		p.say(ok("JOIN", "room", "go", "members", 1, "seq", 9))
		s.wants("connecting → IN_ROOM in go")
		if got := s.client.Session().Room; got != "go" {
			t.Errorf("the current room is %q", got)
		}
		p.answerQuit()
	})
}

// TestResumeCurrentLive: of a room that is joined once more, to be the current one, neither
// what has come since it was resumed nor its topic is taken back.
func TestResumeCurrentLive(t *testing.T) {
	play(t, Config{}, func(s *fixture) {
		p := s.start()
		p.join("a", 0)
		p.join("b", 0)
		p.say(`{"type":"topic","room":"b","nick":"bob","text":"B"}`)
		s.wants("INIT → IN_ROOM in a", "IN_ROOM → IN_ROOM in a, b", "TOPIC b bob B")
		p.cut()
		s.wants("IN_ROOM → lost: EOF", "lost → connecting")
		p = s.accept()
		p.greet()
		p.expect("JOIN a AFTER 0", "JOIN b AFTER 0")
		p.say(refusing("JOIN", Stopping), `{"type":"topic","room":"b","nick":"bob","text":"B"}`, ok("JOIN", "room", "b", "members", 1, "seq", 0))
		p.expect("JOIN a AFTER 0")
		p.say(ok("JOIN", "room", "a", "members", 1, "seq", 0))
		p.expect("JOIN b")
		p.say(`{"type":"topic","room":"b","nick":"bob","text":"B"}`, msg("b", 1, "bob", "one"), ok("JOIN", "room", "b", "members", 1, "seq", 0))
		s.wants("MSG b 1 bob one", "connecting → IN_ROOM in a, b")
		p.say(msg("b", 2, "bob", "two"))
		s.wants("MSG b 2 bob two")
		p.answerQuit()
	})
}

// TestResumeRemoved: a room that the server removes the client from, while it is joined
// once more to be the current one, is joined.
func TestResumeRemoved(t *testing.T) {
	play(t, Config{Nick: "alice"}, func(s *fixture) {
		p := s.start()
		p.join("a", 0)
		p.join("b", 0)
		p.cut()
		s.wants("INIT → IN_ROOM in a", "IN_ROOM → IN_ROOM in a, b", "IN_ROOM → lost: EOF", "lost → connecting")
		p = s.accept()
		p.greet()
		p.expect("JOIN a AFTER 0", "JOIN b AFTER 0")
		p.say(refusing("JOIN", Stopping), ok("JOIN", "room", "b", "members", 1, "seq", 0))
		p.expect("JOIN a AFTER 0")
		p.say(ok("JOIN", "room", "a", "members", 1, "seq", 0))
		p.expect("JOIN b")
		p.say(`{"type":"left","room":"b","nick":"alice","why":"kick"}`, ok("JOIN", "room", "b", "members", 1, "seq", 7))
		s.wants("LEFT b alice kick", "connecting → connecting", "connecting → connecting", "connecting → IN_ROOM in a, b")
		p.say(msg("b", 8, "bob", "eight"))
		s.wants("MSG b 8 bob eight")
		p.answerQuit()
	})
}

// TestNickTaken: a nick that somebody else has taken is reported, and asked for
// again.
func TestNickTaken(t *testing.T) {
	play(t, Config{Nick: "alice"}, func(s *fixture) {
		p := s.start()
		p.cut()
		s.wants("INIT → lost: EOF", "lost → connecting")
		p = s.accept()
		p.say("HELLO chatd/1 guest-2 Type HELP")
		p.expect("FORMAT json")
		p.say(ok("FORMAT", "format", "json"))
		p.expect("NICK alice key")
		p.say(refusing("NICK", proto.NickTaken))
		s.wants("connecting → connecting as guest-2: nick-taken: no", "connecting → INIT")
		for range 2 {
			p.expect("NICK alice key")
			p.say(refusing("NICK", proto.NickTaken))
		}
		p.expect("NICK alice key")
		p.say(ok("NICK", "nick", "alice"))
		s.wants("INIT → INIT as alice")
		renamed := s.do("NICK", "bob")
		p.expect("NICK bob key")
		p.say(ok("NICK", "nick", "bob"))
		_, _ = renamed()
		renamed = s.do("NICK", "carol", "another")
		p.expect("NICK carol another")
		p.say(ok("NICK", "nick", "carol"))
		_, _ = renamed()
		s.wants("INIT → INIT as bob", "INIT → INIT as carol")
		p.cut()
		s.wants("INIT → lost: EOF", "lost → connecting")
		p = s.accept()
		p.say("HELLO chatd/1 guest-2 Type HELP")
		p.expect("FORMAT json")
		p.say(ok("FORMAT", "format", "json"))
		p.expect("NICK carol another")
		p.say(ok("NICK", "nick", "carol"))
		s.wants("connecting → INIT")
		p.answerQuit()
	})
}

// TestGapWhileResuming: a GAP is of the room that it names, whichever is being
// resumed.
func TestGapWhileResuming(t *testing.T) {
	gap := func(room string, from, to int) string {
		return fmt.Sprintf(`{"type":"gap","room":%q,"from":%d,"to":%d,"why":"retention"}`, room, from, to)
	}
	play(t, Config{}, func(s *fixture) {
		p := s.start()
		p.join("a", 0)
		p.join("b", 0)
		p.cut()
		s.wants("INIT → IN_ROOM in a", "IN_ROOM → IN_ROOM in a, b", "IN_ROOM → lost: EOF", "lost → connecting")
		p = s.accept()
		p.greet()
		p.expect("JOIN a AFTER 0", "JOIN b AFTER 0")
		p.say(gap("a", 1, 2), ok("JOIN", "room", "a", "members", 1, "seq", 2), gap("a", 3, 9), gap("b", 1, 1), past("b", 2, "bob", "two"),
			ok("JOIN", "room", "b", "members", 1, "seq", 2))
		s.wants("GAP a 1 2 retention", "GAP a 3 9 retention", "GAP b 1 1 retention", "past MSG b 2 bob two", "connecting → IN_ROOM in a, b")
		asked := async(func() (Posts, error) { return s.client.historyPage(s.Context(), "b", 5, "AFTER", "0") })
		p.expect("IN b HISTORY 5 AFTER 0")
		p.say(gap("b", 1, 1), past("b", 2, "bob", "two"), ok("HISTORY", "room", "b", "shown", 1, "seq", 2))
		if h, err := asked(); err != nil || len(h.Gaps) != 1 || len(h.Past) != 1 {
			s.Errorf("HISTORY: %+v, %v", h, err)
		}
		p.answerQuit()
	})
}
