package ui

import (
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"

	"linechat/chat/client"
	"linechat/chat/internal/prompt"
	"linechat/chatd/proto"
)

// A fakeTerminal keeps what is printed.
type fakeTerminal struct {
	t     *testing.T
	lines chan prompt.Line
	err   error // why lines is closed

	mu      sync.Mutex
	printed []string
	prompt  string
	status  string
	history string // the room that it is of
	rung    int
	drawn   int           // how often prompt, status or history were set
	gate    chan struct{} // if not nil, Print waits until it is closed
}

func newFakeTerminal(t *testing.T) *fakeTerminal {
	return &fakeTerminal{t: t, lines: make(chan prompt.Line, 64)}
}

func (f *fakeTerminal) Lines() <-chan prompt.Line { return f.lines }
func (f *fakeTerminal) Err() error                { return f.err }
func (f *fakeTerminal) Guard()                    {}
func (f *fakeTerminal) Close()                    {}

func (f *fakeTerminal) Print(text string) {
	var gate chan struct{}
	if f.with(func() { gate = f.gate }); gate != nil {
		<-gate
	}
	f.with(func() { f.printed = append(f.printed, strings.Split(text, "\n")...) })
}
func (f *fakeTerminal) SetPrompt(text string) { f.with(func() { f.prompt, f.drawn = text, f.drawn+1 }) }
func (f *fakeTerminal) SetStatus(text string) { f.with(func() { f.status, f.drawn = text, f.drawn+1 }) }
func (f *fakeTerminal) SetHistory(room string) {
	f.with(func() { f.history, f.drawn = room, f.drawn+1 })
}
func (f *fakeTerminal) Bell() { f.with(func() { f.rung++ }) }

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

// atOnce holds up the ui, in showing that nobody is ignored, until act has been run.
func (f *fakeTerminal) atOnce(act func()) {
	gate := make(chan struct{})
	f.with(func() { f.gate = gate })
	f.lines <- prompt.Line{Text: "/ignore"}
	synctest.Wait()
	act()
	synctest.Wait()
	f.with(func() { f.gate = nil })
	close(gate)
	synctest.Wait()
}

// sees wants exactly these lines to have been printed since it was last asked.
func (f *fakeTerminal) sees(lines ...string) {
	f.t.Helper()
	synctest.Wait()
	if got := f.take(); !slices.Equal(got, lines) {
		f.t.Errorf("printed were\n%s\nand not\n%s", strings.Join(got, "\n"), strings.Join(lines, "\n"))
	}
}

// wantStatus wants this status row.
func (f *fakeTerminal) wantStatus(want string) {
	f.t.Helper()
	synctest.Wait()
	if got := f.statusRow(); got != want {
		f.t.Errorf("the status row is %q, not %q", got, want)
	}
}

// A fakeClient has the test answer what is sent.
type fakeClient struct {
	events chan client.Event

	mu      sync.Mutex
	session client.Session
	waiting []*question // that the test has not taken
	all     []*question
	err     error
}

// A question is a command that waits for its answer.
type question struct {
	request *client.Request
	command proto.Command
	options []client.Option
}

func newFakeClient() *fakeClient {
	return &fakeClient{events: make(chan client.Event), session: client.Session{State: client.Init, Nick: "alice", Echo: true}}
}

func (f *fakeClient) Send(c proto.Command, options ...client.Option) (*client.Request, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.err != nil {
		return nil, f.err
	}
	q := &question{new(client.Request), c, options}
	f.waiting, f.all = append(f.waiting, q), append(f.all, q)
	return q.request, nil
}

// find takes the first command of that verb; "": of any.
func (f *fakeClient) find(verb string) *question {
	f.mu.Lock()
	defer f.mu.Unlock()
	i := slices.IndexFunc(f.waiting, func(q *question) bool { return verb == "" || q.command.Verb == verb })
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

// change changes the session, and returns it as it was and as it is.
func (f *fakeClient) change(do func(*client.Session)) (from, to client.Session) {
	f.mu.Lock()
	defer f.mu.Unlock()
	from, to = f.session, f.session
	do(&to)
	if f.session = to; to.Connected() {
		f.session.State = client.Init
		if to.Room != "" {
			f.session.State = client.InRoom
		}
	}
	return from, f.session
}

// effects is what an OK changes in the session.
var effects = map[string]func(*client.Session, *proto.Line){
	"JOIN": func(to *client.Session, ok *proto.Line) {
		leaveRoom(to, ok.Room, ok.Room)
		to.Rooms = append(to.Rooms, ok.Room)
	},
	"LEAVE": func(to *client.Session, ok *proto.Line) { leaveRoom(to, ok.Room, ok.Current) },
	"NICK":  func(to *client.Session, ok *proto.Line) { to.Nick = ok.Nick },
	"SET": func(to *client.Session, ok *proto.Line) {
		if ok.Name == "echo" {
			to.Echo = ok.Value == "on"
		}
	},
}

func leaveRoom(to *client.Session, room, current string) {
	to.Rooms = slices.DeleteFunc(slices.Clone(to.Rooms), func(name string) bool { return name == room })
	if to.Room == room || current != "" {
		to.Room = current
	}
}

func (f *fakeClient) Events() <-chan client.Event { return f.events }

func (f *fakeClient) Session() client.Session {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.session
}

// fail has the client have ended, unless it has.
func (f *fakeClient) fail(err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.err == nil {
		f.err = err
	}
}

func (f *fakeClient) Err() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.err
}

func (f *fakeClient) Close() error {
	f.fail(client.ErrClosed)
	if err := f.Err(); !errors.Is(err, client.ErrClosed) {
		return err
	}
	return nil
}

func replyOf(lines ...proto.Line) client.Reply {
	return client.Reply{Lines: lines, OK: proto.Line{Type: proto.OK, Verb: "STATS"}}
}
