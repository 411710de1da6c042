package client

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"linechat/chatd/proto"
)

// A fixture is a client and a server that the test speaks for. It runs in a
// bubble of synctest: time is fake, and a goroutine that outlives the test is
// a failure.
type fixture struct {
	*testing.T
	conns  chan net.Conn // that the client has dialled; nil: it was refused
	config Config
	client *Client
	peer   *peer // of the first connection
}

var errRefused = errors.New("refused")

// play runs a test with a server of which nothing is known yet.
func play(t *testing.T, config Config, act func(*fixture)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		s := &fixture{T: t, conns: make(chan net.Conn), config: config}
		s.config.Key = "key"
		s.config.Dial = dialFrom(s.conns)
		s.config.pause = func(failed int) time.Duration { return time.Duration(failed) * time.Second }
		defer func() {
			if s.client != nil {
				_ = s.client.Close()
			}
		}()
		act(s)
	})
}

// dialFrom returns what dials a server whose connections the test makes.
func dialFrom(conns <-chan net.Conn) func(context.Context) (net.Conn, error) {
	return func(ctx context.Context) (net.Conn, error) {
		select {
		case n := <-conns:
			if n == nil {
				return nil, errRefused
			}
			return n, nil
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		}
	}
}

// A peer is the server's end of one connection.
type peer struct {
	*fixture
	net  net.Conn
	read *bufio.Reader
}

// accept waits for the client to dial.
func (s *fixture) accept() *peer {
	s.Helper()
	ours, theirs := net.Pipe()
	select {
	case s.conns <- theirs:
	case <-time.After(time.Hour):
		s.Fatal("the client does not dial")
	}
	return &peer{s, ours, bufio.NewReader(ours)}
}

// refuse has the client's next attempt to dial fail.
func (s *fixture) refuse() { s.conns <- nil }

// say writes lines.
func (p *peer) say(lines ...string) {
	p.Helper()
	for _, line := range lines {
		if _, err := p.net.Write([]byte(line + "\n")); err != nil {
			p.Fatalf("saying %s: %v", line, err)
		}
	}
}

// hear reads one line of the client's.
func (p *peer) hear() string {
	p.Helper()
	line, err := p.read.ReadString('\n')
	if err != nil {
		p.Fatalf("hearing: %v (%q)", err, line)
	}
	return strings.TrimSuffix(line, "\n")
}

// expect reads lines of the client's.
func (p *peer) expect(lines ...string) {
	p.Helper()
	for _, want := range lines {
		if got := p.hear(); got != want {
			p.Fatalf("the client says %q, want %q", got, want)
		}
	}
}

// cut ends the connection without a word.
func (p *peer) cut() { _ = p.net.Close() }

// greet is the beginning of every connection.
func (p *peer) greet() {
	p.Helper()
	p.say("HELLO chatd/1 guest-1 Type HELP")
	p.expect("FORMAT json")
	p.say(`{"type":"ok","verb":"FORMAT","format":"json"}`)
	if nick := p.config.Nick; nick != "" {
		p.expect("NICK " + nick + " key")
		p.say(ok("NICK", "nick", nick))
	}
}

// start dials, and returns the connection.
func (s *fixture) start() *peer {
	s.Helper()
	dialled := make(chan error)
	go func() {
		var err error
		s.client, err = Dial(s.Context(), s.config)
		dialled <- err
	}()
	p := s.accept()
	p.greet()
	if err := <-dialled; err != nil {
		s.Fatal(err)
	}
	s.wants("connecting → INIT")
	return p
}

// answerQuit closes the client and answers its QUIT, which lets a test end at once.
func (p *peer) answerQuit() {
	p.Helper()
	closed := make(chan error)
	go func() { closed <- p.client.Close() }()
	p.expect("QUIT")
	p.say(ok("QUIT"), `{"type":"bye","code":"quit","text":"good-bye"}`)
	if err := <-closed; err != nil {
		p.Errorf("Close: %v", err)
	}
	p.cut()
}

// ok returns an OK with fields.
func ok(verb string, fields ...any) string {
	line := fmt.Sprintf(`{"type":"ok","verb":%q`, verb)
	for i := 0; i < len(fields); i += 2 {
		line += fmt.Sprintf(`,%q:%s`, fields[i], jsonOf(fields[i+1]))
	}
	return line + "}"
}

func jsonOf(v any) string {
	if s, ok := v.(string); ok {
		return fmt.Sprintf("%q", s)
	}
	return fmt.Sprint(v)
}

func refusing(verb string, code proto.Code) string {
	return fmt.Sprintf(`{"type":"err","verb":%q,"code":%q,"text":"no"}`, verb, code)
}

func msg(room string, seq int, nick, text string) string {
	return fmt.Sprintf(`{"type":"msg","room":%q,"seq":%d,"time":"2026-11-23T10:00:00.000Z","nick":%q,"text":%q}`, room, seq, nick, text)
}

func past(room string, seq int, nick, text string) string {
	return strings.TrimSuffix(msg(room, seq, nick, text), "}") + `,"past":true}`
}

// describe says an event in one line, with the words of the wire where it has them.
func describe(e Event) string {
	switch e := e.(type) {
	case Message:
		word := "MSG"
		if e.Action {
			word = "ME"
		}
		if e.Replayed {
			word = "past " + word
		}
		return fmt.Sprint(word, " ", e.Room, " ", e.Seq, " ", e.Nick, " ", e.Text)
	case StateChange:
		return describeChange(e)
	case Answer:
		line, _ := e.Request.Command().Append(nil)
		if e.Err != nil {
			return fmt.Sprintf("answer to %s: %v", bytes.TrimSpace(line), e.Err)
		}
		return fmt.Sprintf("answer to %s: %d lines, OK %s", bytes.TrimSpace(line), len(e.Reply.Lines), e.Reply.OK.Verb)
	case RoomLost:
		return fmt.Sprintf("room lost %s: %v", e.Room, e.Err)
	case RoomReset:
		return fmt.Sprintf("room reset %s %d %d", e.Room, e.Seen, e.Head)
	case Tell:
		return "TELL " + e.Nick + " " + e.Text
	case MemberJoined:
		return "JOINED " + e.Room + " " + e.Nick
	case MemberLeft:
		return "LEFT " + e.Room + " " + e.Nick + " " + e.Why
	case MemberRenamed:
		return "RENAMED " + e.Room + " " + e.Old + " " + e.Nick
	case TopicChange:
		return "TOPIC " + e.Room + " " + cmp.Or(e.Nick, "-") + " " + e.Text
	case Gap:
		return fmt.Sprint("GAP ", e.Room, " ", e.From, " ", e.To, " ", e.Why)
	case Notice:
		return "NOTICE " + e.Text
	case Bye:
		return "BYE " + string(e.Code) + " " + e.Text
	}
	return fmt.Sprintf("%T", e)
}

// describeChange says what is different, and where that leads.
func describeChange(e StateChange) string {
	said := fmt.Sprintf("%v → %v", e.From.State, e.To.State)
	if e.To.Connected() && len(e.To.Rooms) > 0 {
		said += " in " + strings.Join(e.To.Rooms, ", ")
	}
	if e.From.Nick != e.To.Nick {
		said += " as " + e.To.Nick
	}
	if e.From.Echo != e.To.Echo {
		said += fmt.Sprint(" with echo ", e.To.Echo)
	}
	if e.Err != nil {
		said += ": " + e.Err.Error()
	}
	return said
}

// wants takes the next events, which are to be these.
func (s *fixture) wants(events ...string) {
	s.Helper()
	for _, want := range events {
		select {
		case e, ok := <-s.client.Events():
			got := "the end"
			if ok {
				got = describe(e)
			}
			if got != want {
				s.Fatalf("event %q, want %q", got, want)
			}
		case <-time.After(time.Hour):
			s.Fatalf("no event, want %q", want)
		}
	}
}

// wantsNone is for what must not be an event.
func (s *fixture) wantsNone() {
	s.Helper()
	synctest.Wait()
	select {
	case e := <-s.client.Events():
		s.Fatalf("event %q, want none", describe(e))
	default:
	}
}

// async runs a call whose result is awaited later.
func async[T any](f func() (T, error)) func() (T, error) {
	type result struct {
		value T
		err   error
	}
	done := make(chan result, 1)
	go func() {
		v, err := f()
		done <- result{v, err}
	}()
	return func() (T, error) {
		r := <-done
		return r.value, r.err
	}
}

// do begins a command.
func (s *fixture) do(verb string, words ...string) func() (Reply, error) {
	return async(func() (Reply, error) {
		return s.client.Do(s.Context(), proto.Command{Verb: verb, Words: words})
	})
}

// post begins a post.
func (s *fixture) post(room, text string) func() (uint64, error) {
	wait := async(func() (uint64, error) { return s.client.Post(s.Context(), room, text) })
	synctest.Wait() // so that posts are sent in the order of the test
	return wait
}

// join joins a room of so many posts.
func (p *peer) join(room string, head int) {
	p.Helper()
	wait := p.do("JOIN", room)
	p.expect("JOIN " + room)
	p.say(ok("JOIN", "room", room, "members", 1, "seq", head))
	if _, err := wait(); err != nil {
		p.Fatal(err)
	}
}

// hearPost reads a post and returns its key.
func (p *peer) hearPost(room, text string) (key string) {
	p.Helper()
	var gotRoom string
	line := p.hear()
	if _, err := fmt.Sscanf(line, "IN %s ONCE %s POST", &gotRoom, &key); err != nil || gotRoom != room || !strings.HasSuffix(line, " POST "+text) {
		p.Fatalf("the client says %q, want a post %q in %s", line, text, room)
	}
	return key
}

// mustBe fails unless err is want.
func (s *fixture) mustBe(err, want error) {
	s.Helper()
	if !errors.Is(err, want) {
		s.Fatalf("error %v, want %v", err, want)
	}
}

// mustRefuse fails unless err is a refusal of that code.
func (s *fixture) mustRefuse(err error, code proto.Code) *proto.Error {
	s.Helper()
	var e *proto.Error
	if !errors.As(err, &e) || e.Code != code {
		s.Fatalf("error %v, want %v", err, code)
	}
	return e
}
