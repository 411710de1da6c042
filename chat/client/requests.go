package client

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"slices"
	"strings"
	"time"

	"linechat/chatd/proto"
)

// A Request is one command, from its beginning to its one answer. Send and
// PostAsync make one. Its methods may be called from any goroutine.
type Request struct {
	client  *Client
	command proto.Command
	line    []byte // all that is sent, the lines of a PASTE included
	done    chan struct{}

	post     bool   // it is sent again until it is answered
	create   bool   // so is its room, if there is none
	internal bool   // the client's own: nobody outside waits for it
	then     func() // is called once, when it is done; nil: nothing

	// Guarded by the client's mutex; reply and err are constant once done is closed.
	id          uint64    // in the order of the requests
	nick        string    // under which it was sent
	sentAt      time.Time // it may be stored from then on; zero: it certainly is not
	maybeStored bool      // so it is even when the store refuses it now
	stored      bool      // it was brought back
	tried       error     // why its room had to be created, or could not be; nil: that was not tried
	size        int       // of the reply
	topic       TopicText // that came with the reply; it is kept when the request is given up
	reply       Reply
	err         error
	finished    bool // done is closed
}

// Command returns what is sent, with the room and the keys that the client has
// added.
func (r *Request) Command() proto.Command { return r.command }

// Done is closed when the request is answered, or has failed.
func (r *Request) Done() <-chan struct{} { return r.done }

// Wait waits for the answer, which [Client.Do] describes. If ctx ends first, the
// request is given up with its cause: it is not sent if it has not been, and not
// again if it has.
func (r *Request) Wait(ctx context.Context) (Reply, error) {
	select {
	case <-r.done:
	case <-ctx.Done():
		r.client.mu.Lock()
		r.client.cancelRequest(r, context.Cause(ctx))
		r.client.mu.Unlock()
	}
	return r.reply, r.err
}

// room returns the room that a request is about.
func (r *Request) room() string {
	if r.command.Verb == "JOIN" {
		return r.command.Words[0]
	}
	return r.command.Room
}

// isTemporary reports whether a refusal is not the server's last word: its store fails,
// or it stops.
func isTemporary(e *proto.Error) bool {
	return e.Code == StoreFailed || e.Code == Unknown || e.Code == Stopping
}

// resumes reports whether a request joins its room again on a new connection.
func (r *Request) resumes() bool { return r.internal && r.command.Verb == "JOIN" }

// newRequest checks a command and returns its request.
func newRequest(command proto.Command) (*Request, error) {
	command.Words = slices.Clone(command.Words)
	line, err := command.Append(make([]byte, 0, 64+len(command.Text)))
	if err != nil {
		return nil, err
	}
	if takesPasswordNext(line) {
		line = append(line, '\n') // an empty one, or the next command would be taken for it
	}
	return &Request{command: command, line: line, post: isPost(command.Verb), done: make(chan struct{})}, nil
}

// isPost reports whether a command is sent again, under one key, until it is
// answered.
func isPost(verb string) bool {
	row := proto.LookupVerb(verb)
	return row != nil && row.Once
}

// submit queues the request of a command from outside, unless ctx has ended. Then is
// called when it is done.
func (c *Client) submit(ctx context.Context, command proto.Command, options []Option, then func(*Request)) (*Request, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case c.err != nil:
		return nil, c.err
	case ctx.Err() != nil:
		return nil, context.Cause(ctx)
	}
	command, err := asRead(command)
	if err == nil {
		err = c.complete(&command, options)
	}
	if err != nil {
		return nil, err
	}
	r, err := newRequest(command)
	if err != nil {
		return nil, err
	}
	r.client, r.create = c, slices.Contains(options, CreateRoom) && (r.post || r.command.Verb == "JOIN")
	if then != nil {
		r.then = func() { then(r) }
	}
	c.lastID++
	r.id = c.lastID
	c.events.await(1)
	c.outbox = append(c.outbox, r)
	c.wakeWriter()
	return r, nil
}

// asRead returns a command with the words and the text that the server will take for
// them, wherever they stood. A verb that the server alone may know is left as it is.
func asRead(command proto.Command) (proto.Command, error) {
	command.Verb = strings.ToUpper(command.Verb)
	if isPost(command.Verb) && len(command.Words) == 0 {
		return command, nil
	}
	line, err := command.Append(nil)
	if err != nil {
		return command, err
	}
	read, _, err := proto.ParseCommand(strings.TrimSuffix(string(line), "\n"), proto.Commands)
	if errors.Is(err, UnknownCommand) {
		return command, nil
	}
	return read, err
}

// complete adds to a command what the client knows. The room of a post is settled
// now: on the next connection another one may be current.
func (c *Client) complete(command *proto.Command, options []Option) error {
	switch verb := command.Verb; {
	case verb == "JOIN":
		command.Words = joinWords(command.Words, options...)
	case isPost(verb):
		command.Room = cmp.Or(command.Room, c.session.Room)
		if command.Room == "" {
			return &proto.Error{Code: proto.NotInRoom, Text: "there is no current room; join one, or name the room"}
		}
		command.Once = cmp.Or(command.Once, rand.Text())
		if verb == "PASTE" && command.Text == "" {
			return &proto.Error{Code: BadArguments, Text: "a PASTE needs its lines"}
		}
	case verb == "NICK" && len(command.Words) == 1:
		command.Words = []string{command.Words[0], c.key}
	case command.Text != "" && isSecret(verb) && !c.config.Secure():
		return &proto.Error{Code: NotSecure, Text: errNotSecure.Error()}
	case verb == "FORMAT", verb == "TALK", verb == "SET" && len(command.Words) > 0 && strings.EqualFold(command.Words[0], "talk"):
		return &proto.Error{Code: proto.BadArguments, Text: verb + " would change how the client and the server communicate"}
	}
	return nil
}

// wakeWriter has the connection's writer look for what there is to send.
func (c *Client) wakeWriter() {
	select {
	case c.wake <- struct{}{}:
	default:
	}
}

// finish ends a request, if it has not ended yet. The mutex is held, as for all
// that follows.
func (c *Client) finish(r *Request, err error) {
	if r.finished {
		return
	}
	r.finished, r.err = true, err
	if err != nil {
		r.reply = Reply{}
	}
	close(r.done)
	if !r.internal {
		c.events.await(-1)
	}
	if r.then != nil {
		r.then()
	}
}

// cancelRequest ends a request that may wait to be sent.
func (c *Client) cancelRequest(r *Request, err error) {
	c.finish(r, err)
	c.outbox = slices.DeleteFunc(c.outbox, func(other *Request) bool { return other == r })
}
