package client

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"linechat/chatd/proto"
)

// TestSession: from HELLO to BYE, every kind of event, none for what is not
// known.
func TestSession(t *testing.T) {
	play(t, Config{Nick: "alice"}, func(s *fixture) {
		p := s.start()
		if got := s.client.Session(); !got.equal(Session{State: Init, Nick: "alice", Echo: true}) {
			s.Errorf("it is %+v", got)
		}
		p.join("go", 4)
		p.say(msg("go", 5, "bob", "hi"),
			`{"type":"me","room":"go","seq":6,"nick":"bob","text":"waves"}`,
			`{"type":"tell","nick":"bob","text":"psst"}`,
			`{"type":"joined","room":"go","nick":"carol"}`,
			`{"type":"renamed","room":"go","old":"carol","nick":"dan"}`,
			`{"type":"left","room":"go","nick":"dan","why":"lost"}`,
			`{"type":"topic","room":"go","nick":"bob","text":"Go"}`,
			`{"type":"gap","room":"go","from":7,"to":9,"why":"retention"}`,
			`{"type":"notice","text":"soon"}`,
			`{"type":"from-the-future","text":"?"}`,
			`{"type":"send","room":"go"}`,
			msg("go", 10, "bob", "two\nlines"))
		s.wants("INIT → IN_ROOM in go", "MSG go 5 bob hi", "ME go 6 bob waves", "TELL bob psst", "JOINED go carol",
			"RENAMED go carol dan", "LEFT go dan lost", "TOPIC go bob Go", "GAP go 7 9 retention", "NOTICE soon",
			"MSG go 10 bob two\nlines")
		wait := s.do("LEAVE")
		p.expect("LEAVE")
		p.say(ok("LEAVE", "room", "go"))
		if _, err := wait(); err != nil {
			s.Error(err)
		}
		p.say(msg("go", 11, "bob", "not for who has left"))
		s.wants("IN_ROOM → INIT")
		p.answerQuit()
		if err := s.client.Err(); !errors.Is(err, ErrClosed) {
			s.Errorf("Err: %v", err)
		}
		if _, err := s.client.Post(s.Context(), "go", "late"); !errors.Is(err, ErrClosed) {
			s.Errorf("Post after Close: %v", err)
		}
	})
}

// TestQuit: a program that says QUIT itself gets every event up to the last.
func TestQuit(t *testing.T) {
	play(t, Config{}, func(s *fixture) {
		p := s.start()
		wait := s.do("quit")
		p.expect("QUIT")
		p.say(ok("QUIT"), `{"type":"bye","code":"quit","text":"good-bye"}`)
		if _, err := wait(); err != nil {
			s.Error(err)
		}
		s.wants("BYE quit good-bye", "INIT → closed: client: closed", "the end")
		s.mustBe(s.client.Err(), ErrClosed)
	})
}

// TestReplies: commands go out without waiting for one another, replies find
// their commands, and events stand between replies.
func TestReplies(t *testing.T) {
	play(t, Config{}, func(s *fixture) {
		p := s.start()
		p.join("go", 0)
		s.wants("INIT → IN_ROOM in go")
		who := s.do("WHO")
		p.expect("WHO")
		rooms := s.do("ROOMS", "g")
		p.expect("ROOMS g")
		create := s.do("CREATE", "go")
		p.expect("CREATE go")
		p.say(`{"type":"user","room":"go","nick":"alice","role":"guest"}`,
			`{"type":"user","room":"go","nick":"bob","role":"guest"}`,
			ok("WHO", "room", "go", "members", 2),
			msg("go", 1, "bob", "between"),
			`{"type":"room","room":"go","members":2,"text":"all about Go"}`,
			ok("ROOMS", "shown", 1, "all", 7),
			`{"type":"err","verb":"CREATE","code":"rate-limited","text":"slowly","limit":3,"wait_ms":1500}`)
		r, err := who()
		if err != nil || len(r.Lines) != 2 || r.Lines[1].Nick != "bob" || r.OK.Members != 2 {
			s.Errorf("WHO: %v, %v", r, err)
		}
		if r, err = rooms(); err != nil || len(r.Lines) != 1 || r.OK.All != 7 {
			s.Errorf("ROOMS: %v, %v", r, err)
		}
		_, err = create()
		if e := s.mustRefuse(err, proto.RateLimited); e.Wait != 1500*time.Millisecond || e.Limit != 3 || e.Text != "slowly" {
			s.Errorf("CREATE: %+v", e)
		}
		s.wants("MSG go 1 bob between")
		p.answerQuit()
	})
}

// TestCancel: the reply to a command that was given up is not taken for the
// next one's, and one that was not sent yet is not sent.
func TestCancel(t *testing.T) {
	play(t, Config{}, func(s *fixture) {
		p := s.start()
		ctx, cancel := context.WithCancelCause(s.Context())
		why := errors.New("enough")
		given := async(func() (Reply, error) { return s.client.Do(ctx, proto.Command{Verb: "PING", Text: "one"}) })
		p.expect("PING one")
		cancel(why)
		_, err := given()
		s.mustBe(err, why)
		next := async(func() (Reply, error) { return s.client.Do(s.Context(), proto.Command{Verb: "PING", Text: "two"}) })
		p.expect("PING two")
		p.say(ok("PING", "text", "one"), ok("PING", "text", "two"))
		if r, err := next(); err != nil || r.OK.Text != "two" {
			s.Errorf("PING two: %v, %v", r, err)
		}
		ctx, cancel = context.WithCancelCause(s.Context())
		joined := async(func() (Joined, error) { return s.client.Join(ctx, "go", Last(1)) })
		p.expect("JOIN go LAST 1")
		p.say(past("go", 1, "bob", "one"))
		synctest.Wait()
		cancel(why)
		_, err = joined()
		s.mustBe(err, why)
		p.say(past("go", 2, "bob", "two"), ok("JOIN", "room", "go", "members", 1, "seq", 2), msg("go", 3, "bob", "three"))
		s.wants("INIT → IN_ROOM in go", "MSG go 3 bob three")
		p.cut()
		s.wants("IN_ROOM → lost: EOF")
		ctx, cancel = context.WithCancelCause(s.Context())
		posted := async(func() (uint64, error) { return s.client.Post(ctx, "go", "never sent") })
		synctest.Wait()
		cancel(why)
		_, err = posted()
		s.mustBe(err, why)
		p = s.accept()
		p.greet()
		p.expect("JOIN go AFTER 3")
		p.say(ok("JOIN", "room", "go", "members", 1, "seq", 3))
		s.wants("lost → connecting", "connecting → IN_ROOM in go")
		p.answerQuit()
	})
}

// TestJoin: what a JOIN brings back is its result, what comes after it events.
func TestJoin(t *testing.T) {
	play(t, Config{}, func(s *fixture) {
		p := s.start()
		joined := async(func() (Joined, error) { return s.client.Join(s.Context(), "GO", After(1)) })
		p.expect("JOIN GO AFTER 1")
		p.say(`{"type":"topic","room":"go","nick":"bob","text":"all about Go"}`,
			`{"type":"gap","room":"go","from":2,"to":3,"why":"retention"}`,
			past("go", 4, "bob", "four"),
			ok("JOIN", "room", "go", "members", 2, "seq", 4),
			msg("go", 5, "bob", "five"))
		j, err := joined()
		if err != nil || j.Room != "go" || j.Topic != (TopicText{"bob", "all about Go"}) || j.Members != 2 || j.Head != 4 {
			s.Errorf("JOIN: %+v, %v", j, err)
		}
		if len(j.Past) != 1 || j.Past[0].Text != "four" || len(j.Gaps) != 1 || j.Gaps[0].To != 3 {
			s.Errorf("JOIN: %+v", j)
		}
		s.wants("INIT → IN_ROOM in go", "MSG go 5 bob five")
		p.answerQuit()
	})
}

// TestTopicBetween: a TOPIC next to a reply is told from one that is part of it.
func TestTopicBetween(t *testing.T) {
	topic := func(room, text string) string {
		return `{"type":"topic","room":"` + room + `","nick":"bob","text":"` + text + `"}`
	}
	play(t, Config{}, func(s *fixture) {
		p := s.start()
		p.join("go", 0)
		p.join("ops", 0)
		s.wants("INIT → IN_ROOM in go", "IN_ROOM → IN_ROOM in go, ops")
		asked := async(func() (TopicText, error) { return s.client.Topic(s.Context(), "") })
		p.expect("TOPIC")
		p.say(topic("go", "another room's"), topic("ops", "first"), topic("ops", "second"), topic("ops", "second"), ok("TOPIC", "room", "ops"))
		if got, err := asked(); err != nil || got.Text != "second" {
			s.Errorf("TOPIC: %v, %v", got, err)
		}
		s.wants("TOPIC go bob another room's", "TOPIC ops bob first", "TOPIC ops bob second")
		s.wantsNone()
		again := async(func() (Joined, error) { return s.client.Join(s.Context(), "go") })
		p.expect("JOIN go")
		p.say(topic("ops", "third"), ok("JOIN", "room", "go", "members", 1, "seq", 0))
		if j, err := again(); err != nil || j.Topic.Text != "" {
			s.Errorf("JOIN: %+v, %v", j, err)
		}
		s.wants("TOPIC ops bob third", "IN_ROOM → IN_ROOM in ops, go")
		if got := s.client.Session().Room; got != "go" {
			s.Errorf("the current room is %q", got)
		}
		set := s.do("TOPIC") // and its connection ends in the middle of the reply
		p.expect("TOPIC")
		p.say(topic("go", "cut"))
		p.cut()
		_, err := set()
		s.mustBe(err, ErrLost)
	})
}

// TestExpelled: a room that the server takes the client out of is not joined
// again, and none is current.
func TestExpelled(t *testing.T) {
	play(t, Config{Nick: "alice"}, func(s *fixture) {
		p := s.start()
		p.join("go", 0)
		p.join("ops", 0)
		p.say(`{"type":"left","room":"ops","nick":"alice","why":"kick"}`)
		s.wants("INIT → IN_ROOM in go", "IN_ROOM → IN_ROOM in go, ops", "LEFT ops alice kick", "IN_ROOM → INIT in go")
		if _, err := s.client.Post(s.Context(), "", "nowhere"); s.mustRefuse(err, proto.NotInRoom) == nil || s.client.Session().Room != "" {
			s.Errorf("the current room is %q", s.client.Session().Room)
		}
		p.say(`{"type":"left","room":"go","nick":"alice","why":"kick"}`)
		s.wants("LEFT go alice kick", "INIT → INIT")
		p.answerQuit()
	})
}

// TestRefusedHere: what would not be one line of the protocol is not sent.
func TestRefusedHere(t *testing.T) {
	play(t, Config{}, func(s *fixture) {
		p := s.start()
		p.join("go", 0)
		s.wants("INIT → IN_ROOM in go")
		for code, commands := range map[proto.Code][]proto.Command{
			proto.BadArguments: {
				{Verb: "POST", Text: "one\nQUIT"}, {Verb: "POST", Text: "one\rQUIT"}, {Verb: "POST", Text: "one\x00"},
				{Verb: "POST", Room: "a\nQUIT", Text: "x"}, {Verb: "POST", Once: "a\nb", Text: "x"}, {Verb: "POST", Room: "a b", Text: "x"},
				{Verb: "JOIN", Words: []string{"a\nQUIT"}}, {Verb: "JOIN", Words: []string{"a b"}}, {Verb: "JOIN", Words: []string{""}},
				{Verb: "FORMAT", Words: []string{"text"}}, {Verb: "set", Words: []string{"Talk", "on"}}, {Verb: "PASTE"}, {Verb: "PASTE", Text: "one\r\ntwo"},
			},
			proto.BadUTF8:        {{Verb: "POST", Text: "\xff\xfa swallows lines"}, {Verb: "TELL", Words: []string{"\xff"}, Text: "x"}},
			proto.UnknownCommand: {{Verb: ""}, {Verb: "IN"}, {Verb: "ONCE"}, {Verb: "PING\nQUIT"}, {Verb: "/PING"}, {Verb: "WAYTOOLONGTOBEAVERB"}},
			proto.BadName:        {{Verb: "PASTE", Room: strings.Repeat("ä", 33), Text: "QUIT"}},
			proto.TooLong:        {{Verb: "POST", Once: strings.Repeat("k", 65), Text: "x"}},
		} {
			for _, c := range commands {
				_, err := s.client.Do(s.Context(), c)
				s.mustRefuse(err, code)
			}
		}
		_, err := s.client.Paste(s.Context(), strings.Repeat("a", 300), []string{"QUIT"})
		s.mustRefuse(err, proto.BadName)
		p.answerQuit() // hears nothing of all that
	})
}

// TestEarlyClose: Close ends whatever is under way, and leaves nothing behind.
func TestEarlyClose(t *testing.T) {
	play(t, Config{}, func(s *fixture) {
		p := s.start()
		answered, waiting := s.do("PING"), func() (Reply, error) { return Reply{}, nil }
		p.expect("PING")
		began := time.Now()
		closed := async(func() (int, error) { return 0, s.client.Close() })
		p.expect("QUIT")
		waiting = s.do("WHO") // is not sent after QUIT
		if _, err := closed(); err != nil {
			s.Errorf("Close: %v", err)
		}
		if took := time.Since(began); took != closeTimeout {
			s.Errorf("Close of a silent server took %v", took)
		}
		_, err := answered()
		s.mustBe(err, ErrLost)
		_, err = waiting()
		s.mustBe(err, ErrClosed)
		if err := s.client.Close(); err != nil {
			s.Errorf("Close again: %v", err)
		}
		s.wants("the end")
	})
}
