package server

import (
	"bytes"
	"context"
	"fmt"
	"time"

	"golang.org/x/time/rate"

	"linechat/chatd/internal/conn"
	"linechat/chatd/proto"
)

// line deals with the line that sc has brought. It returns why the session ends,
// or nil.
func (s *session) line(sc *conn.Scanner) *reason {
	line := sc.Bytes()
	if s.lines++; !s.begun && len(line) > 0 {
		s.begun = true
		if why := foreign(line, s.input.TooLong); why != nil {
			return why
		}
	}
	s.slowDown(1)
	s.adoptLineEnd(s.input.End)
	if s.input.End == conn.CRLF || s.input.Conn.Active() {
		line = proto.Erase(line)
	}
	switch {
	case s.paste != nil:
		s.pasteLine(line)
	case s.input.TooLong:
		s.refuse(proto.VerbOf(line, s.reading), tooLong(s.input.Limit))
	default:
		s.command(&sc.Command, string(line))
	}
	return nil
}

func tooLong(limit int) error {
	return &proto.Error{Code: proto.TooLong, Limit: limit,
		Text: fmt.Sprintf("a line has at most %d bytes; send this one in parts, or as a PASTE", limit)}
}

// adoptLineEnd ends the server's lines in CR LF when the client ends its own so, or
// speaks telnet.
func (s *session) adoptLineEnd(e conn.LineEnd) {
	if form := s.form.WithCRLF(); form != s.form && (e == conn.CRLF || s.input.Conn.Active()) {
		s.form = form
		s.takeEffect(func() { s.out.view.Form = form })
	}
}

// command parses one line into c, checks it and carries it out, and answers it.
// The watch is kept for posts, and for one other command.
func (s *session) command(c *proto.Command, line string) {
	parsed, verb, err := proto.ParseCommand(line, s.reading)
	*c = parsed
	if err != nil || verb == nil || !pipelined(verb) {
		s.countCommand()
	}
	switch {
	case err != nil:
		s.refuse(c.VerbWord(), err)
		return
	case verb == nil:
		return
	}
	if err := s.allowed(c, verb); err != nil {
		s.countCommand()
		s.refuse(verb.Name, err)
		return
	}
	h := handlers[verb.Name]
	if !pipelined(verb) {
		s.settle()
	}
	if !h.brief {
		s.Block()
	}
	err = s.ctx.Err() // the session may have ended while it waited
	if err == nil {
		err = h.carryOut(s, c)
	}
	if err != nil {
		if pipelined(verb) {
			s.countCommand()
		}
		s.refuse(verb.Name, s.refusal(err, subject(c)))
	}
}

// countCommand counts a command that is not a post, or one that is refused: the watch
// is not kept for a second one.
func (s *session) countCommand() {
	if s.commands++; s.commands > 1 {
		s.Block()
	}
}

// pipelined reports whether commands of this verb may be under way together:
// the posts. A PASTE becomes one at its end only.
func pipelined(v *proto.Verb) bool { return v.Once && v.Text == proto.NeedsText }

// settle waits until all posts are answered. What is answered already is
// written meanwhile, for the command that follows may take long.
func (s *session) settle() {
	s.awaitPosts(1)
	s.queue.mu.Lock()
	answers := len(s.queue.items)
	s.queue.mu.Unlock()
	if answers > 0 {
		s.wake()
	}
}

// allowed checks a command against the states and the role of its row.
func (s *session) allowed(c *proto.Command, v *proto.Verb) error {
	state := proto.Init
	if s.current != nil || c.Room != "" {
		state = proto.InRoom
	}
	if v.States&state == 0 {
		return noRoom
	}
	if s.role < v.Role {
		return &proto.Error{Code: proto.NotAllowed, Text: fmt.Sprintf("%s is for the role %s and those above it", v.Name, v.Role)}
	}
	return nil
}

var noRoom = &proto.Error{Code: proto.NotInRoom, Text: "you are in no room; JOIN one first, or put IN room before the command"}

// ok ends the answer to a command.
func (s *session) ok(l proto.Line) error {
	l.Type = proto.OK
	s.say(&l)
	s.push(item{})
	return nil
}

// refuse answers a command with ERR. The body of a refused PASTE is passed
// over.
func (s *session) refuse(verb string, err error) {
	e := s.refusal(err, "")
	if verb == "PASTE" && s.paste == nil {
		more := *e
		more.Text += " (lines up to a single . are passed over)"
		e = &more
		s.paste = &paste{refused: true}
	}
	line := proto.ErrLine(verb, e)
	s.say(&line)
	s.push(item{})
}

// unfinished answers what the end of the input has cut off.
func (s *session) unfinished() {
	cut := &proto.Error{Code: proto.Unfinished, Text: "input ended inside this line, which was not carried out"}
	switch {
	case s.paste != nil:
		s.abandonPaste(&proto.Error{Code: proto.Unfinished, Text: "input ended before the line of a single . that ends a PASTE; nothing was posted"})
	case s.input.InLine():
		begun := s.input.Partial()
		if len(bytes.Trim(begun, " \t\r")) == 0 {
			return
		}
		line := proto.ErrLine(proto.VerbOf(begun, s.reading), cut)
		s.say(&line)
		s.push(item{})
	}
}

// A pace is how fast a session's lines are read, and how often the commands
// that are refused when they come too fast.
type pace struct {
	lines              *rate.Limiter
	said               time.Time // when the session was last told that it is slowed down
	create, nick, tell quota
}

// burstLines is how many lines a session may send at once.
const burstLines = 1000

// sayEvery is how often a session is told that it is slowed down.
const sayEvery = time.Minute

// slowDown waits until the rate has a place for n more lines.
func (s *session) slowDown(n int) {
	limit := s.server.config.Rate
	if limit == 0 {
		return
	}
	if s.pace.lines == nil {
		s.pace.lines = rate.NewLimiter(rate.Limit(limit), max(burstLines, limit))
	}
	wait := s.pace.lines.ReserveN(time.Now(), n).Delay()
	if wait == 0 {
		return
	}
	if now := time.Now(); now.Sub(s.pace.said) >= sayEvery {
		s.pace.said = now
		s.notice(fmt.Sprintf("you send faster than %d lines a second; nothing is lost, but your lines are read more slowly", limit))
	}
	s.wake()
	s.Block()
	sleep(s.ctx, wait)
}

func sleep(ctx context.Context, d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
	case <-ctx.Done():
	}
}

// The rates of commands that are refused when they come too fast: how many at
// once, and then one every so often (protocol.md, "Slow readers").
const (
	createBurst, createEvery = 10, 10 * time.Second
	nickBurst, nickEvery     = 10, 5 * time.Second
	tellBurst, tellEvery     = 30, time.Second
)

// A quota is the rate of one of them. Nil: none was used yet, or there is no rate.
type quota struct{ *rate.Limiter }

// spend takes a place, when the command was done.
func (q quota) spend() {
	if q.Limiter != nil {
		q.Allow()
	}
}

// within sees whether the rate that q keeps has a place for one more. RateLimited.
func (s *session) within(q *quota, burst int, every time.Duration, what string) error {
	if s.server.config.Rate == 0 {
		return nil
	}
	if q.Limiter == nil {
		q.Limiter = rate.NewLimiter(rate.Every(every), burst)
	}
	missing := 1 - q.Tokens()
	if missing <= 0 {
		return nil
	}
	wait := time.Duration(missing*float64(every)).Truncate(time.Millisecond) + time.Millisecond
	return &proto.Error{Code: proto.RateLimited, Wait: wait, Text: fmt.Sprintf("too many %s; wait %.1f seconds", what, wait.Seconds())}
}
