package client

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"linechat/chatd/proto"
)

// A request is one command, from its beginning to its one reply. The client's
// mutex guards what changes.
type request struct {
	id       uint64 // in the order of the requests
	command  proto.Command
	line     []byte // all that is sent, the body of a PASTE included
	text     string // of a post
	post     bool   // it is sent again until it is answered
	internal bool   // of the client's own: nobody outside waits for it
	resumes  *room  // the room that this JOIN resumes

	nick        string        // under which it was sent
	sentAt      time.Time     // it may be stored from then on; zero: it certainly is not
	maybeStored bool          // so it is even when the store refuses it now
	stored      bool          // it was brought back
	window      chan struct{} // in which it has a place

	size     int // of the reply
	reply    Reply
	err      error
	finished bool          // nobody waits any more
	done     chan struct{} // closed with finished
}

// newRequest checks a command and returns its request.
func newRequest(command proto.Command) (*request, error) {
	command.Verb = strings.ToUpper(command.Verb)
	command.Words = slices.Clone(command.Words)
	if err := check(&command); err != nil {
		return nil, err
	}
	line, err := command.Append(make([]byte, 0, 64+len(command.Text)))
	if err != nil {
		return nil, err
	}
	return &request{command: command, line: line, done: make(chan struct{})}, nil
}

// check refuses what Append lets pass and the server would not read as one
// command of that verb. Prefixes are short: of a line that is too long the
// server looks for the verb at its beginning, and if it does not see a PASTE
// it takes the body for commands.
func check(command *proto.Command) error {
	isPrefix := func(p proto.Prefix) bool { return p.Name == command.Verb }
	switch {
	case command.VerbWord() != command.Verb || slices.ContainsFunc(proto.Prefixes, isPrefix):
		return &proto.Error{Code: proto.UnknownCommand, Text: "a verb is a word of up to 16 letters"}
	case utf8.RuneCountInString(command.Room) > proto.MaxNameRunes:
		return &proto.Error{Code: proto.BadName, Limit: proto.MaxNameRunes, Text: fmt.Sprintf("a name has at most %d characters", proto.MaxNameRunes)}
	case len(command.Once) > proto.MaxKey:
		return &proto.Error{Code: proto.TooLong, Limit: proto.MaxKey, Text: fmt.Sprintf("a key has at most %d bytes", proto.MaxKey)}
	}
	for _, field := range append([]string{command.Room, command.Once, command.Text}, command.Words...) {
		if err := checkText(field); err != nil {
			return err
		}
	}
	return nil
}

// checkText refuses text that is not one line. Among what is not UTF-8 are the
// bytes of telnet commands, which may swallow whole lines.
func checkText(text string) error {
	switch {
	case !utf8.ValidString(text):
		return &proto.Error{Code: proto.BadUTF8, Text: "the text is not UTF-8"}
	case strings.ContainsAny(text, "\n\r\x00"):
		return &proto.Error{Code: proto.BadArguments, Text: "the text must not hold line breaks or NUL"}
	}
	return nil
}

// begin starts the request of a command of Do.
func (c *Client) begin(command proto.Command) (*request, error) {
	var k *request
	var err error
	verb := strings.ToUpper(command.Verb)
	switch {
	case verb == "POST" || verb == "ME":
		k, err = c.newPost(command)
	case verb == "PASTE":
		err = &proto.Error{Code: proto.BadArguments, Text: "a PASTE needs its lines; call Paste"}
	case verb == "FORMAT", verb == "SET" && len(command.Words) > 0 && strings.EqualFold(command.Words[0], "talk"):
		err = &proto.Error{Code: proto.BadArguments, Text: fmt.Sprintf("%s would change how the client and the server communicate", verb)}
	case verb == "NICK" && len(command.Words) == 1:
		command.Words = append(slices.Clone(command.Words), c.nickKey())
		fallthrough
	default:
		k, err = newRequest(command)
	}
	if err != nil {
		return nil, err
	}
	return k, c.start(k)
}

// start queues a request. Once the client has ended: why.
func (c *Client) start(k *request) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.err != nil {
		return c.err
	}
	c.lastID++
	k.id = c.lastID
	c.events.await(1)
	c.outbox = append(c.outbox, k)
	c.nudge()
	return nil
}

// nudge has the connection's writer look for what there is to send.
func (c *Client) nudge() {
	select {
	case c.wake <- struct{}{}:
	default:
	}
}

// await waits for a request's reply. If ctx ends first, the request is given up: it
// is not sent if it has not been, and not again if it has.
func (c *Client) await(ctx context.Context, k *request) (Reply, error) {
	select {
	case <-k.done:
	case <-ctx.Done():
		c.mu.Lock()
		c.finish(k, context.Cause(ctx))
		if i := slices.Index(c.outbox, k); i >= 0 {
			c.outbox = slices.Delete(c.outbox, i, i+1)
		}
		c.mu.Unlock()
	}
	return k.reply, k.err
}

// finish ends a request, if it has not ended yet. The mutex is held.
func (c *Client) finish(k *request, err error) {
	if k.finished {
		return
	}
	k.finished, k.err = true, err
	if err != nil {
		k.reply = Reply{}
	}
	close(k.done)
	if k.internal {
		return
	}
	c.events.await(-1)
	if k.window != nil {
		<-k.window
	}
}

// take returns what is to be sent next on cn, and, when posts are held back, how
// long. It moves the requests among those that await their reply.
func (c *Client) take(cn *conn) (lines []byte, held time.Duration) {
	const enough = 64 << 10
	c.mu.Lock()
	defer c.mu.Unlock()
	for len(c.first) > 0 && len(lines) < enough {
		lines = c.append(cn, c.first[0], lines)
		c.first = c.first[1:]
	}
	if !cn.open {
		return lines, 0
	}
	c.expire()
	held = max(time.Until(c.heldUntil), 0)
	rest := c.outbox[:0]
	for _, k := range c.outbox {
		if len(lines) >= enough || cn.quits || k.post && held > 0 {
			rest = append(rest, k)
			continue
		}
		lines = c.append(cn, k, lines)
	}
	clear(c.outbox[len(rest):])
	c.outbox = rest
	return lines, held
}

// append appends a request's line and has cn await its reply.
func (c *Client) append(cn *conn, k *request, lines []byte) []byte {
	if k.sentAt.IsZero() {
		k.sentAt = time.Now().Round(0) // the wall's clock: that of the machine stands still in its sleep
	}
	k.nick = c.nick
	cn.quits = cn.quits || k.command.Verb == "QUIT"
	cn.inflight = append(cn.inflight, k)
	return append(lines, k.line...)
}

// repeat puts posts back, to be sent again in their order. The
// mutex is held.
func (c *Client) repeat(posts ...*request) {
	c.outbox = append(c.outbox, posts...)
	slices.SortStableFunc(c.outbox, func(a, b *request) int { return cmp.Compare(a.id, b.id) })
}

// hold lets no post out for a while, because the store has failed. The mutex is
// held.
func (c *Client) hold(wait time.Duration) {
	now := time.Now()
	if now.Before(c.heldUntil) {
		return // this is one more of the posts that met the same failure
	}
	c.failures++
	c.heldUntil = now.Add(max(wait, c.config.pause(c.failures)))
	c.nudge()
}

// expire fails the posts of which it is not known for so long whether they are
// stored that the server may have forgotten their keys. The mutex is held.
func (c *Client) expire() {
	c.outbox = slices.DeleteFunc(c.outbox, func(k *request) bool {
		if !k.post || k.sentAt.IsZero() || time.Since(k.sentAt) < onceFor {
			return false
		}
		c.finish(k, fmt.Errorf("%w: for so long that it is not safe to send the post again", ErrLost))
		return true
	})
}

// dropped deals with what was under way on a connection that was lost for the
// reason err: posts are sent again, other commands fail. The mutex is held.
func (c *Client) dropped(cn *conn, err error) {
	for _, r := range c.rooms {
		r.here = false
	}
	lost := fmt.Errorf("%w: %w", ErrLost, err)
	for _, k := range c.first {
		c.finish(k, lost)
	}
	c.first = nil
	var again []*request
	for _, k := range cn.inflight {
		if k.post && !k.finished {
			k.maybeStored = true
			again = append(again, k)
			continue
		}
		c.finish(k, lost)
	}
	cn.inflight = nil
	c.repeat(again...)
	c.expire()
}

// throttle waits until more may be read on cn.
func (c *Client) throttle(cn *conn) {
	for c.events.throttle(cn.ctx) {
		c.overflow(cn)
	}
}

// nickKey returns the key with which the nick is taken back.
func (c *Client) nickKey() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.key
}

// overflow fails every request that waits, because events wait, too, and whoever
// is to take them may be waiting for one.
func (c *Client) overflow(cn *conn) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, k := range append(slices.Clone(cn.inflight), c.outbox...) {
		if !k.internal {
			c.finish(k, ErrUnread)
		}
	}
	c.outbox = nil
}
