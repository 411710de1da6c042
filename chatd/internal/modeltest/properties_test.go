// Package modeltest tests a whole server, lines in and lines out, against a
// model of protocol.md.
//
// The tests are short: -rapid.checks=N and -rapid.steps=N make them long. One
// that fails says with which -rapid.failfile or -rapid.seed it fails again.
package modeltest

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"linechat/chatd/internal/history"
	"linechat/chatd/internal/history/sqlite"
)

// A system is a server, the clients connected to it, and the model that says
// what they are to get.
type system struct {
	*daemon
	model *model
	conns map[*user]*conn
	home  string // of the sqlite store; "": in memory
	homes int    // used so far
	form  func(*rapid.T) transport

	presence int
}

// Each client is given what protocol.md says, line by line, whatever the others
// do and whenever the server is started again.
func TestModel(t *testing.T) {
	home := t.TempDir()
	rapid.Check(t, func(t *rapid.T) { play(t, home) })
}

// forms is how clients may reach the server.
var forms = map[string]func(*rapid.T) transport{"tcp": listenTCP, "pipes": listenPipes}

// play has clients do this and that, and stops the server at the end.
func play(t *rapid.T, under string) {
	s := newSystem(t, under, maxPresence)
	defer s.end(t)
	s.begin(t)
	actions := map[string]func(*rapid.T){"connect": s.connect, "leave": s.leave, "restart": s.restart}
	for i := range 12 { // so often as the others together, and more
		actions[fmt.Sprint("send ", i)] = s.send
	}
	t.Repeat(actions)
	s.awaitAllDue(t)
}

// newSystem starts a server over a store in memory, or one in a new directory.
// begin has some users connect, who mostly meet in rooms that are there.
func (s *system) begin(t *rapid.T) {
	for _, nick := range []string{"alice", "bob", "carol"} {
		s.connect(t)
		u := s.model.users[len(s.model.users)-1]
		for _, line := range []string{"NICK " + nick + " s3cret", "CREATE go", "CREATE zoo all about animals", "CREATE a.b", "JOIN a.b", "JOIN zoo", "JOIN go"} {
			if rapid.IntRange(0, 4).Draw(t, line) > 0 {
				s.say(t, u, typed{line, "\n"})
			}
		}
	}
}

func newSystem(t *rapid.T, under string, presence int) *system {
	s := &system{model: newModel(), conns: map[*user]*conn{}, presence: presence}
	s.form = forms[one(t, "form", []string{"tcp", "pipes"})]
	if one(t, "store", []string{"memory", "memory", "sqlite"}) == "sqlite" {
		s.home = must(os.MkdirTemp(under, ""))(t)
	}
	s.daemon = start(t, s.open(t), s.form(t), presence)
	return s
}

func must[T any](v T, err error) func(*rapid.T) T {
	return func(t *rapid.T) T {
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

// open opens the store. One in memory is kept over restarts.
func (s *system) open(t *rapid.T) history.Store {
	switch {
	case s.home != "":
		return must(sqlite.Open(s.directory(), sqlite.Config{}))(t)
	case s.daemon != nil:
		return s.store
	}
	return history.NewMemory(1 << 20)
}

func (s *system) directory() string { return filepath.Join(s.home, fmt.Sprint(s.homes)) }

func (s *system) closeStore(t *rapid.T) {
	if s.home == "" {
		return
	}
	if err := s.store.Close(); err != nil {
		t.Fatal(err)
	}
}

// end stops everything, also after a failure.
func (s *system) end(t *rapid.T) {
	for _, c := range s.conns {
		c.hangUp()
	}
	if err := s.stop(true); err != nil {
		t.Error(err)
	}
	s.closeStore(t)
	if s.home != "" {
		_ = os.RemoveAll(s.home)
	}
}

var guest = regexp.MustCompile(`^HELLO chatd/1 (guest-[0-9a-f]{6}) ~$`)

func (s *system) connect(t *rapid.T) {
	if len(s.conns) == 6 {
		t.Skip("enough users")
	}
	c := s.dial(t)
	u := s.model.connect()
	s.conns[u] = c
	hello := c.line(t)
	greeted := guest.FindStringSubmatch(hello)
	if greeted == nil {
		t.Fatalf("greeted by %q", hello)
	}
	u.nick = greeted[1]
}

// pick returns one of the users.
func (s *system) pick(t *rapid.T) (*user, *conn) {
	if len(s.model.users) == 0 {
		t.Skip("nobody is connected")
	}
	u := rapid.SampledFrom(s.model.users).Draw(t, "user")
	return u, s.conns[u]
}

// A typed line is one with its end.
type typed struct{ line, end string }

// send has a client send some lines at once.
func (s *system) send(t *rapid.T) {
	u, _ := s.pick(t)
	var all []typed
	for range rapid.IntRange(1, 3).Draw(t, "lines") {
		end := one(t, "end", []string{"\n", "\n", "\n", "\n", "\n", "\n", "\n", "\r\n"})
		for _, line := range lines(t, s.model, u.talk) {
			all = append(all, typed{line, end})
		}
	}
	s.say(t, u, all...)
}

// say sends lines, which the model carries out.
func (s *system) say(t *rapid.T, u *user, lines ...typed) {
	var text, nick = "", u.nick
	for _, l := range lines {
		s.model.line(u, l.line, l.end)
		text += l.line + l.end
	}
	if len(u.due) == 0 { // of what has no answer we learn so that it was read
		s.model.line(u, "/PING", "\n")
		text += "/PING\n"
	}
	t.Logf("%s > %q", nick, text)
	s.conns[u].send(t, text)
	s.awaitAllDue(t)
}

// awaitAllDue waits until all that is due has come.
func (s *system) awaitAllDue(t *rapid.T) {
	for u, c := range s.conns {
		for len(u.due) > 0 {
			if err := u.receive(c.line(t)); err != nil {
				t.Fatal(err)
			}
		}
		select {
		case line, open := <-c.lines:
			if open || !u.gone {
				t.Fatalf("%s got %q, nothing is due", u.nick, line)
			}
		default:
		}
	}
	for u, c := range s.conns {
		if u.gone {
			s.ended(t, u, c)
		}
	}
}

// ended waits for the end of u's connection, behind BYE.
func (s *system) ended(t *rapid.T, u *user, c *conn) {
	if line := c.line(t); line != "" {
		t.Fatalf("%s got %q behind BYE", u.nick, line)
	}
	c.hangUp()
	delete(s.conns, u)
}

// leave ends a client's input, perhaps inside a line.
func (s *system) leave(t *rapid.T) {
	u, c := s.pick(t)
	half, ok := c.Conn.(interface{ CloseWrite() error })
	if !ok {
		t.Skip("a pipe has no end of input before its end")
	}
	rest := rapid.SampledFrom([]string{"", "", "POST half", "PING", "  ", "PASTE\na\n", "PASTE\na\nb"}).Draw(t, "rest")
	t.Logf("%s > %q, and the end of input", u.nick, rest)
	c.send(t, rest)
	lines := strings.Split(rest, "\n")
	for _, line := range lines[:len(lines)-1] {
		s.model.line(u, line, "\n")
	}
	s.model.inputEnds(u, lines[len(lines)-1])
	if err := half.CloseWrite(); err != nil {
		t.Fatal(err)
	}
	s.awaitAllDue(t)
}

// restart stops the server, in order, by cutting everyone off, or by what a
// kill would leave of its files, and starts it again.
func (s *system) restart(t *rapid.T) {
	s.awaitAllDue(t)
	how := rapid.SampledFrom([]string{"stop", "cut off", "kill"}).Draw(t, "how")
	if next := s.homes + 1; how == "kill" && s.home != "" {
		copyFiles(t, s.directory(), filepath.Join(s.home, fmt.Sprint(next)))
	}
	stopped := make(chan error)
	go func() { stopped <- s.stop(how != "stop") }()
	for u, c := range s.conns {
		s.bye(t, u, c, how != "stop")
	}
	if err := <-stopped; err != nil {
		t.Fatal(err)
	}
	s.closeStore(t)
	if how == "kill" {
		s.homes++
	}
	s.model.restart()
	s.daemon = start(t, s.open(t), s.form(t), s.presence)
}

// bye reads what a user gets when the server stops.
func (s *system) bye(t *rapid.T, u *user, c *conn, abrupt bool) {
	line := strings.Trim(c.line(t), "{\r")
	if line != "BYE shutdown ~" && !(abrupt && line == "") {
		t.Fatalf("%s got %q when the server stopped", u.nick, line)
	}
	c.hangUp()
	delete(s.conns, u)
}
