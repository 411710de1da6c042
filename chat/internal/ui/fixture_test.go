package ui

import (
	"context"
	"errors"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"linechat/chat/client"
	"linechat/chat/internal/prompt"
	"linechat/chatd/proto"
)

// A fixture is a ui whose terminal and client the test is. It runs in a bubble
// of synctest: time is fake, and goroutines that are left over are a failure.
type fixture struct {
	*testing.T
	*fakeTerminal
	*fakeClient
	ui   *ui
	seq  uint64
	done chan struct{} // closed when ui has ended
	err  error         // why it has
}

// play has somebody in a room, and act be the rest of the world.
func play(t *testing.T, room string, act func(*fixture)) {
	t.Helper()
	playWith(t, Config{Room: room}, act)
}

func playWith(t *testing.T, config Config, act func(*fixture)) {
	t.Helper()
	playUnjoined(t, config, func(s *fixture) {
		if config.Room != "" {
			s.join(config.Room)
		}
		s.clear()
		act(s)
	})
}

// playUnjoined leaves the JOIN of the first room to act.
func playUnjoined(t *testing.T, config Config, act func(*fixture)) {
	t.Helper()
	config.Zone, config.Reason = time.UTC, error.Error
	synctest.Test(t, func(t *testing.T) {
		s := &fixture{T: t, done: make(chan struct{}), fakeTerminal: newFakeTerminal(t), fakeClient: newFakeClient()}
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		s.ui = newUI(ctx, s.fakeClient, config)
		s.ui.terminal, s.ui.lines = s.fakeTerminal, s.fakeTerminal.lines
		go func() {
			defer close(s.done)
			s.err = s.ui.run()
			if closed := s.ui.close(); s.err == nil {
				s.err = closed
			}
		}()
		s.answer("HELP", proto.Line{Verb: "HELP"}, proto.Line{Type: proto.HELP, Verb: "KICK", Text: "nick [why] - takes somebody out of the room"})
		s.answer("ROOMS", proto.Line{Verb: "ROOMS"}, proto.Line{Type: proto.ROOM, Room: "go", Members: 2}, proto.Line{Type: proto.ROOM, Room: "golf"})
		s.clear()
		act(s)
		s.end()
	})
}

// end ends the client and the input. What is not answered then never is.
func (s *fixture) end() {
	s.Helper()
	s.fakeClient.fail(client.ErrClosed)
	select {
	case <-s.done:
		return
	default:
	}
	for _, q := range s.fakeClient.all { // an answer that is not waited for is passed over
		s.tell(client.Answer{Request: q.request, Err: client.ErrClosed})
	}
	close(s.fakeTerminal.lines)
	<-s.done
}

// join answers the JOIN of a room, and the WHO that follows.
func (s *fixture) join(room string) {
	s.Helper()
	s.answer("JOIN", proto.Line{Verb: "JOIN", Room: room, Members: 2})
	s.answer("WHO", proto.Line{Verb: "WHO", Room: room, Members: 2}, proto.Line{Type: proto.USER, Nick: "alice"}, proto.Line{Type: proto.USER, Nick: "bob"})
}

// enter types a line.
func (s *fixture) enter(text string) {
	s.Helper()
	s.enterLine(prompt.Line{Text: text})
}

func (s *fixture) enterLine(line prompt.Line) {
	s.Helper()
	synctest.Wait()
	s.fakeTerminal.lines <- line
	synctest.Wait()
}

// wantCompleted wants Tab to offer these.
func (s *fixture) wantCompleted(line string, want ...string) {
	s.Helper()
	synctest.Wait()
	_, got, _ := s.ui.completer.complete(line, len([]rune(line)))
	if !slices.Equal(got, slices.DeleteFunc(want, func(w string) bool { return w == "" })) {
		s.Errorf("%q is completed to %q, not %q", line, got, want)
	}
}

// asks reports whether such a command waits for its answer, and takes it.
func (s *fixture) asks(verb string) bool {
	synctest.Wait()
	return s.find(verb) != nil
}

// asked wants this command to be the next that waits for its answer.
func (s *fixture) asked(verb string) *question {
	s.Helper()
	synctest.Wait()
	q := s.find(verb)
	if q == nil {
		s.Fatalf("%s was not asked; what waits is %s", verb, s.questions())
	}
	return q
}

// tell has the client tell of events.
func (s *fixture) tell(events ...client.Event) {
	s.Helper()
	for _, e := range events {
		select {
		case s.fakeClient.events <- e:
		case <-s.done:
		}
	}
	synctest.Wait()
}

// move has the client's session be another one, and tell of that.
func (s *fixture) move(change func(*client.Session), err error) {
	s.Helper()
	from, to := s.fakeClient.change(change)
	s.tell(client.StateChange{From: from, To: to, Err: err})
}

// lose has the connection be lost; next is when the client tries again.
func (s *fixture) lose(next time.Time) {
	s.Helper()
	from, to := s.fakeClient.change(func(to *client.Session) { to.State = client.Lost })
	s.tell(client.StateChange{From: from, To: to, Err: errors.New("cut"), Next: next})
}

// connectAgain has the client be connected after it was not.
func (s *fixture) connectAgain() {
	s.Helper()
	s.move(func(to *client.Session) { to.State = client.InRoom }, nil)
}

// removed has the server take alice out of a room.
func (s *fixture) removed(room, why string) {
	s.Helper()
	s.tell(left(room, "alice", why))
	s.move(func(to *client.Session) { leaveRoom(to, room, "") }, nil)
}

// rename has alice be called otherwise.
func (s *fixture) rename(nick string, err error) {
	s.Helper()
	s.move(func(to *client.Session) { to.Nick = nick }, err)
}

// answer answers a command with OK. As in the client, what that changes in the
// session comes first.
func (s *fixture) answer(verb string, ok proto.Line, lines ...proto.Line) proto.Command {
	s.Helper()
	return s.reply(verb, client.Reply{OK: ok, Lines: lines})
}

func (s *fixture) reply(verb string, r client.Reply) proto.Command {
	s.Helper()
	q := s.asked(verb)
	s.answerQuestion(q, r)
	return q.command
}

func (s *fixture) answerQuestion(q *question, r client.Reply) {
	s.Helper()
	r.OK.Type = proto.OK
	if effect := effects[q.command.Verb]; effect != nil {
		s.move(func(to *client.Session) { effect(to, &r.OK) }, nil)
	}
	s.tell(client.Answer{Request: q.request, Reply: r})
}

// refuse answers a command with an error.
func (s *fixture) refuse(verb string, err error) {
	s.Helper()
	s.tell(client.Answer{Request: s.asked(verb).request, Err: err})
}

// posted brings a post back, and answers it.
func (s *fixture) posted(room, text string) {
	s.Helper()
	s.seq++
	own := post(room, s.fakeClient.Session().Nick, text)
	own.Seq = s.seq
	s.tell(own)
	s.wantPost("POST", room, text)
}

// wantPost answers the next post, which is to be this.
func (s *fixture) wantPost(verb, room, text string) {
	s.Helper()
	if c := s.answer(verb, proto.Line{Verb: verb, Room: room, Seq: s.seq}); c.Room != room || c.Text != text {
		s.Errorf("posted is %q to %q, not %q to %q", c.Text, c.Room, text, room)
	}
}

func post(room, nick, text string) client.Message {
	return client.Message{Room: room, Nick: nick, Text: text, Time: time.Now()}
}

func left(room, nick, why string) client.Event {
	return client.MemberLeft{Room: room, Nick: nick, Why: why}
}

func came(room, nick string) client.Event { return client.MemberJoined{Room: room, Nick: nick} }
