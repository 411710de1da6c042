package ui

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
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
	ui    *ui
	seq   uint64
	ended chan error
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
		s := &fixture{T: t, ended: make(chan error, 1)}
		s.fakeTerminal = &fakeTerminal{lines: make(chan prompt.Line)}
		s.fakeClient = newFakeClient()
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		s.ui = newUI(ctx, s.fakeClient, config)
		s.ui.terminal, s.ui.lines = s.fakeTerminal, s.fakeTerminal.lines
		go func() {
			err := s.ui.run()
			if closed := s.ui.close(); err == nil {
				err = closed
			}
			s.ended <- err
		}()
		s.answer("HELP", proto.Line{Verb: "HELP"}, proto.Line{Type: proto.HELP, Verb: "KICK", Text: "nick [why] - takes somebody out of the room"})
		s.answer("ROOMS", proto.Line{Verb: "ROOMS"}, proto.Line{Type: proto.ROOM, Room: "go", Members: 2}, proto.Line{Type: proto.ROOM, Room: "golf"})
		s.clear()
		act(s)
		if !s.fakeTerminal.closed {
			close(s.fakeTerminal.lines)
		}
		<-s.ended
	})
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
	synctest.Wait()
	s.fakeTerminal.lines <- prompt.Line{Text: text}
	synctest.Wait()
}

// tell has the client tell of events.
func (s *fixture) tell(events ...client.Event) {
	s.Helper()
	for _, e := range events {
		s.fakeClient.events <- e
	}
	synctest.Wait()
}

// sees wants exactly these lines to have been printed since it was last asked.
func (s *fixture) sees(lines ...string) {
	s.Helper()
	synctest.Wait()
	if got := s.take(); !slices.Equal(got, lines) {
		s.Errorf("printed were\n%s\nand not\n%s", strings.Join(got, "\n"), strings.Join(lines, "\n"))
	}
}

// wantStatus wants this status row.
func (s *fixture) wantStatus(want string) {
	s.Helper()
	synctest.Wait()
	if got := s.statusRow(); got != want {
		s.Errorf("the status row is %q, not %q", got, want)
	}
}

// removed has the server take alice out of a room.
func (s *fixture) removed(room, why string) {
	s.Helper()
	s.tell(left(room, "alice", why))
}

// rename has alice be called otherwise.
func (s *fixture) rename(nick string, err error) {
	s.Helper()
	s.tell(client.StateChange{
		From: client.Session{State: client.InRoom, Nick: s.ui.nick}, To: client.Session{State: client.InRoom, Nick: nick}, Err: err})
}

// connectAgain has the client be connected after it was not.
func (s *fixture) connectAgain() {
	s.Helper()
	s.tell(client.StateChange{To: client.Session{State: client.InRoom, Rooms: s.ui.joinedNames}})
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

// wantPaste answers the next PASTE, which is to have these lines.
func (s *fixture) wantPaste(room string, lines ...string) {
	s.Helper()
	q := s.asked("PASTE")
	if q.command.Room != room || !slices.Equal(q.lines, lines) {
		s.Errorf("pasted is %q to %q, not %q to %q", q.lines, q.command.Room, lines, room)
	}
	q.answer <- answer{reply: client.Reply{OK: proto.Line{Type: proto.OK, Verb: "PASTE", Room: room, Seq: s.seq}}}
	synctest.Wait()
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

// answer answers a command with OK.
func (s *fixture) answer(verb string, ok proto.Line, lines ...proto.Line) proto.Command {
	s.Helper()
	q := s.asked(verb)
	ok.Type = proto.OK
	q.answer <- answer{reply: client.Reply{Lines: lines, OK: ok}}
	synctest.Wait()
	return q.command
}

// refuse answers a command with an error.
func (s *fixture) refuse(verb string, err error) {
	s.Helper()
	s.asked(verb).answer <- answer{err: err}
	synctest.Wait()
}

// posted answers a post, and brings it back: the answer comes first.
func (s *fixture) posted(room, text string) {
	s.Helper()
	q := s.asked("POST")
	if q.command.Room != room || q.command.Text != text {
		s.Errorf("posted is %q to %q, not %q to %q", q.command.Text, q.command.Room, text, room)
	}
	s.seq++
	q.answer <- answer{reply: client.Reply{OK: proto.Line{Type: proto.OK, Verb: "POST", Room: room, Seq: s.seq}}}
	synctest.Wait()
	own := post(room, "alice", text)
	own.Seq = s.seq
	s.tell(own)
}

func post(room, nick, text string) client.Message {
	return client.Message{Room: room, Nick: nick, Text: text, Time: time.Now()}
}

// A fakeTerminal keeps what is printed.
type fakeTerminal struct {
	lines  chan prompt.Line
	closed bool

	mu      sync.Mutex
	printed []string
	prompt  string
	status  string
	entries []string
	rung    int
}

func (f *fakeTerminal) Lines() <-chan prompt.Line { return f.lines }
func (f *fakeTerminal) Err() error                { return nil }
func (f *fakeTerminal) Guard()                    {}
func (f *fakeTerminal) Close() error              { return nil }

func (f *fakeTerminal) Print(text string) {
	f.with(func() { f.printed = append(f.printed, strings.Split(text, "\n")...) })
}
func (f *fakeTerminal) SetPrompt(text string)       { f.with(func() { f.prompt = text }) }
func (f *fakeTerminal) SetStatus(text string)       { f.with(func() { f.status = text }) }
func (f *fakeTerminal) SetHistory(entries []string) { f.with(func() { f.entries = entries }) }
func (f *fakeTerminal) Bell()                       { f.with(func() { f.rung++ }) }

func (f *fakeTerminal) with(do func()) {
	f.mu.Lock()
	defer f.mu.Unlock()
	do()
}

// statusRow is what it shows, as it is now.
func (f *fakeTerminal) statusRow() (status string) {
	f.with(func() { status = f.status })
	return status
}

// promptShown is what it shows before the line.
func (f *fakeTerminal) promptShown() (prompt string) {
	f.with(func() { prompt = f.prompt })
	return prompt
}

// rings is how often the bell has rung.
func (f *fakeTerminal) rings() (n int) {
	f.with(func() { n = f.rung })
	return n
}

func (f *fakeTerminal) take() (printed []string) {
	f.with(func() { printed, f.printed = f.printed, nil })
	return printed
}

func (f *fakeTerminal) clear() {
	synctest.Wait()
	f.take()
}

// A fakeClient has the test answer what is asked.
type fakeClient struct {
	events chan client.Event
	closed chan struct{}

	mu      sync.Mutex
	waiting []*question
	err     error
}

// A question is a command that waits for its answer.
type question struct {
	command proto.Command
	lines   []string
	answer  chan answer
}

type answer struct {
	reply client.Reply
	err   error
}

func newFakeClient() *fakeClient {
	return &fakeClient{events: make(chan client.Event), closed: make(chan struct{})}
}

func (f *fakeClient) Do(ctx context.Context, c proto.Command, _ ...client.Option) (client.Reply, error) {
	return f.ask(ctx, &question{command: c, answer: make(chan answer, 1)})
}

func (f *fakeClient) Paste(ctx context.Context, room string, lines []string, _ ...client.Option) (uint64, error) {
	r, err := f.ask(ctx, &question{command: proto.Command{Verb: "PASTE", Room: room}, lines: lines, answer: make(chan answer, 1)})
	return r.OK.Seq, err
}

func (f *fakeClient) ask(ctx context.Context, q *question) (client.Reply, error) {
	f.mu.Lock()
	f.waiting = append(f.waiting, q)
	f.mu.Unlock()
	select {
	case a := <-q.answer:
		return a.reply, a.err
	case <-f.closed:
		return client.Reply{}, fmt.Errorf("%w: closed", client.ErrLost)
	case <-ctx.Done():
		return client.Reply{}, context.Cause(ctx)
	}
}

// find takes the first command of that verb.
func (f *fakeClient) find(verb string) *question {
	f.mu.Lock()
	defer f.mu.Unlock()
	i := slices.IndexFunc(f.waiting, func(q *question) bool { return q.command.Verb == verb })
	if i < 0 {
		return nil
	}
	q := f.waiting[i]
	f.waiting = slices.Delete(f.waiting, i, i+1)
	return q
}

func (f *fakeClient) questions() string {
	f.mu.Lock()
	defer f.mu.Unlock()
	var verbs []string
	for _, q := range f.waiting {
		verbs = append(verbs, q.command.Verb)
	}
	return strings.Join(verbs, " ")
}

func (f *fakeClient) Events() <-chan client.Event { return f.events }
func (f *fakeClient) Session() client.Session     { return client.Session{Nick: "alice"} }

func (f *fakeClient) Err() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.err
}

func (f *fakeClient) Close() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.err == nil {
		f.err = client.ErrClosed
		close(f.closed)
	}
	if errors.Is(f.err, client.ErrClosed) {
		return nil
	}
	return f.err
}

func replyOf(lines ...proto.Line) client.Reply {
	return client.Reply{Lines: lines, OK: proto.Line{Type: proto.OK, Verb: "STATS"}}
}
