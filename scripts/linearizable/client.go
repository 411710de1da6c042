package linearizable

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"time"

	"linechat/chatd/proto"
	"linechat/scripts/harness"
)

const (
	sessionCommands = 20 // of a session, at most
	redialAfter     = 50 * time.Millisecond
)

// A client has one session after another, each at some machine.
type client struct {
	run     *Run
	number  int
	rng     *rand.Rand
	posts   int
	pending *command // a post with a key whose outcome is unknown

	// Of the session.
	conn    *harness.Client
	machine int
	session int
	nick    string // that it has; "": none
	since   int64  // from when on it may have lost it
	renamed bool   // it had another one until the last command
	epoch   int    // of the machine when the session began
	held    []hold // the nicks that it has had
}

// work has sessions until the client has given its commands.
func (c *client) work(ctx context.Context) {
	for left := c.run.chat.Commands; left > 0 && ctx.Err() == nil; {
		c.machine = c.rng.IntN(len(c.run.chat.Machines))
		if c.connect(ctx) != nil {
			wait(ctx, redialAfter)
			continue
		}
		n := 1 + c.rng.IntN(sessionCommands)
		left -= n
		c.talk(ctx, n)
	}
}

func wait(ctx context.Context, d time.Duration) {
	select {
	case <-time.After(d):
	case <-ctx.Done():
	}
}

// connect begins a session.
func (c *client) connect(ctx context.Context) (err error) {
	c.epoch = c.run.epoch(ctx, c.machine)
	c.conn, err = c.run.chat.Machines[c.machine](ctx)
	c.session, c.nick, c.renamed, c.held = c.run.newSession(), "", false, nil
	return err
}

// talk gives so many commands, and ends the session. A session that breaks may have lost its
// nick at any time since it had it; one that is replaced has lost it to whoever had the key,
// unless that one wanted the nick before it, and was on its way when that was given up.
func (c *client) talk(ctx context.Context, n int) {
	var err error
	for range n {
		if err = c.command(); err != nil || ctx.Err() != nil {
			break
		}
		wait(ctx, time.Duration(c.rng.Int64N(int64(c.run.chat.Pause)+1)))
	}
	if err == nil {
		since := c.run.History.call()
		if _, _, err = c.ask("PING"); err == nil { // the nick may have been lost, and nothing read since
			c.since = since
		}
	}
	_ = c.conn.Close()
	a := answer{unknown: true}
	if bye := (*proto.Error)(nil); errors.As(err, &bye) && bye.Code == "replaced" && !c.renamed {
		a.instead = c.run.History.call()
	}
	c.release(c.nick, a)
	c.run.leave(c.past())
	c.run.epoch(ctx, c.machine)
}

// release notes that the session gives a nick up.
func (c *client) release(nick string, a answer) {
	if nick != "" {
		c.run.History.add(c.number, c.since, command{verb: release, object: nick, session: c.session, machine: c.machine}, a)
	}
}

// command gives a command. An error says that the session is of no use any more.
func (c *client) command() error {
	room := c.pick(c.run.chat.Rooms)
	switch n := c.rng.IntN(8); {
	case n == 0 && len(c.run.chat.Nicks) > 0:
		return c.claim(c.pick(c.run.chat.Nicks))
	case n <= 2:
		_, err := c.read(room, c.position(room))
		return err
	default:
		return c.post(room)
	}
}

func (c *client) pick(names []string) string { return names[c.rng.IntN(len(names))] }

// position returns a number after which to read a room: that of the last post that anybody
// knows of, which the machine may have to wait for, or a smaller one.
func (c *client) position(room string) uint64 {
	known := c.run.knows(room)
	return known - min(known, uint64(c.rng.IntN(20)))
}

// ask gives a command of the session.
func (c *client) ask(text string) (answer []proto.Line, code proto.Code, err error) {
	answer, err = c.conn.Ask(text)
	var no *proto.Error
	switch refused := errors.As(err, &no); {
	case refused && answer[len(answer)-1].Type == proto.ERR:
		c.run.refuse(no.Code)
		c.notice(answer)
		return answer, no.Code, nil
	case err != nil && !refused:
		err = c.lastWords()
	case err == nil:
		c.renamed = false
	}
	c.notice(answer)
	return answer, "", err
}

// notice notes that the session has lost its nick, if a line says so.
func (c *client) notice(lines []proto.Line) {
	for _, line := range lines {
		if line.Type == proto.NOTICE && strings.HasPrefix(line.Text, c.nick+" is another's nick now") {
			c.release(c.nick, answer{})
			c.letGo()
			c.nick = ""
		}
	}
}

// lastWords returns why the session has ended, as a *proto.Error if the server has said it.
func (c *client) lastWords() error {
	for {
		line, err := c.conn.Receive()
		if err != nil {
			return err
		}
		if line.Type == proto.BYE {
			return &proto.Error{Code: line.Code, Text: line.Text}
		}
	}
}

// undone reports whether a code says that nothing was done.
func undone(code proto.Code) bool {
	return code != "" && code != proto.Unknown && code != proto.Internal
}

// post posts to a room, or repeats what may have been posted.
func (c *client) post(room string) error {
	p := c.pending
	if p == nil {
		c.posts++
		p = &command{verb: post, object: room, text: fmt.Sprintf("%d-%d", c.number, c.posts)}
		if c.rng.IntN(2) == 0 {
			p.key = "key-" + p.text
		}
	}
	p.machine = c.machine
	line := "IN " + p.object
	if p.key != "" {
		line += " ONCE " + p.key
	}
	called := c.run.History.call()
	lines, code, err := c.ask(line + " POST " + p.text)
	return c.posted(p, called, lines, code, err)
}

// posted notes what came of a post.
func (c *client) posted(p *command, called int64, lines []proto.Line, code proto.Code, err error) error {
	done := err == nil && code == ""
	if c.pending = nil; !done && p.key != "" {
		c.pending = p
	}
	switch {
	case done:
		seq := lines[len(lines)-1].Seq
		c.run.History.add(c.number, called, *p, answer{seq: seq})
		c.run.History.add(c.number, called, command{verb: show, object: p.object, machine: c.machine}, answer{seq: seq})
		c.run.learn(p.object, seq)
	case !undone(code):
		c.run.History.add(c.number, called, *p, answer{unknown: true})
	}
	return err
}

// read reads a room after a number, unless it is refused with a code.
func (c *client) read(room string, after uint64) (proto.Code, error) {
	called := c.run.History.call()
	lines, code, err := c.ask(fmt.Sprintf("JOIN %s AFTER %d", room, after))
	if err != nil || code != "" {
		return code, err
	}
	a := answer{seq: lines[len(lines)-1].Seq}
	for _, line := range lines {
		if line.Type == proto.MSG && line.Past {
			a.posts = append(a.posts, numbered{line.Seq, line.Text})
		}
	}
	c.run.History.add(c.number, called, command{verb: read, object: room, machine: c.machine, after: after}, a)
	c.run.learn(room, a.seq)
	_, _, err = c.ask("LEAVE")
	return "", err
}

var errUnsure = errors.New("whether the session has a nick is unknown")

// claim claims a nick, and so gives up the one that the session has.
func (c *client) claim(nick string) error {
	if nick == c.nick {
		return nil
	}
	claim := command{verb: claim, object: nick, machine: c.machine, session: c.session}
	if c.rng.IntN(2) == 0 {
		claim.key = "key-of-" + nick
	}
	called := c.run.History.call()
	_, code, err := c.ask("NICK " + nick + " " + claim.key)
	switch {
	case err == nil && code == "":
		c.run.History.add(c.number, called, claim, answer{})
		c.run.History.add(c.number, called, command{verb: release, object: c.nick, session: c.session}, answer{})
		c.renamed = c.nick != ""
		c.letGo()
		c.nick, c.since = nick, c.run.History.call()
		c.held = append(c.held, hold{claim: claim, from: called})
	case code == proto.NickTaken:
		c.run.History.add(c.number, called, claim, answer{taken: true})
	case !undone(code):
		c.run.History.add(c.number, called, claim, answer{unknown: true})
		c.release(c.nick, answer{unknown: true})
		c.since = called
		c.release(nick, answer{unknown: true})
		c.nick = ""
		err = errors.Join(err, errUnsure)
	case code == proto.StoreFailed:
		c.run.History.add(c.number, called, claim, answer{refused: true})
	}
	return err
}
