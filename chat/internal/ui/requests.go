package ui

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"linechat/chat/client"
	"linechat/chatd/proto"
)

// answerTimeout is how long a post is waited for before the next request is sent as
// well. The client keeps posts in their order.
const answerTimeout = 2 * time.Second

// A request is a command to the server.
type request struct {
	command proto.Command
	lines   []string // of a PASTE
	do      func(context.Context) (client.Reply, error)
	show    func(client.Reply) // shows what was answered
	refused func(error) bool   // shows why it was not done, if it can; nil: it cannot

	boundToRoom bool      // a post to the room that the person took to be the current one
	until       time.Time // when the next one is sent even without an answer
	seq         uint64    // of a post that was answered, and is awaited as an event
}

// isPost reports whether the request says something to a room.
func (e *request) isPost() bool {
	switch e.command.Verb {
	case "POST", "ME", "PASTE":
		return true
	}
	return false
}

// text is what a post says.
func (e *request) text() []string {
	if e.lines != nil {
		return e.lines
	}
	return []string{e.command.Text}
}

// target is the room that a JOIN leads to.
func (e *request) target() (room string, ok bool) {
	if e.command.Verb != "JOIN" {
		return "", false
	}
	return e.command.Words[0], true
}

// requests are what has been asked of the server and not been answered.
type requests struct {
	waiting  []*request
	inFlight *request   // the one whose answer is waited for
	detached []*request // posts whose answers are no longer waited for
}

func (q *requests) none() bool {
	return q.inFlight == nil && len(q.waiting) == 0 && len(q.detached) == 0
}

// all returns them in their order.
func (q *requests) all() []*request {
	all := slices.Clone(q.detached)
	if q.inFlight != nil {
		all = append(all, q.inFlight)
	}
	return append(all, q.waiting...)
}

// posts is how many posts are among them.
func (q *requests) posts() (n int) {
	for _, e := range q.all() {
		if e.isPost() {
			n++
		}
	}
	return n
}

// at is when the next request is due without an answer to this one.
func (q *requests) at() time.Time {
	if q.inFlight == nil || !q.inFlight.isPost() {
		return time.Time{}
	}
	return q.inFlight.until
}

// joining reports whether a JOIN of a room waits for its answer.
func (q *requests) joining(room string) bool {
	return slices.ContainsFunc(q.all(), func(e *request) bool {
		target, ok := e.target()
		return ok && proto.SameRoom(target, room)
	})
}

// start sends the next request, if it is its turn.
func (q *requests) start(u *ui) {
	if at := q.at(); !at.IsZero() && !u.now().Before(at) {
		q.detach(u)
	}
	for q.inFlight == nil && len(q.waiting) > 0 {
		e := q.waiting[0]
		q.waiting = q.waiting[1:]
		if e.boundToRoom && u.roomNamed(e.command.Room) == nil { // it has gone, and no other takes its place
			u.notPosted(e, fmt.Errorf("you are not in %s", e.command.Room))
			continue
		}
		e.until = u.now().Add(answerTimeout)
		q.inFlight = e
		u.background(func(ctx context.Context) func() {
			reply, err := e.run(ctx, u.client)
			return func() { u.answered(e, reply, err) }
		})
	}
}

// detach has the next request sent although this one is not answered.
func (q *requests) detach(u *ui) {
	e := q.inFlight
	q.inFlight = nil
	if e.seq > 0 {
		return
	}
	if q.detached = append(q.detached, e); u.connection.up() {
		u.infof("no answer yet to: %s", excerpt(e.text()[0]))
	}
}

// seen notes that a post has come. What is done next is shown behind it.
func (q *requests) seen(m client.Message) {
	if e := q.inFlight; e != nil && e.seq > 0 && e.seq <= m.Seq && proto.SameRoom(e.command.Room, m.Room) {
		q.inFlight = nil
	}
}

// abandon says of what has not been sent that it never will be.
func (q *requests) abandon(u *ui) {
	for _, e := range q.waiting {
		if e.isPost() {
			u.notPosted(e, client.ErrClosed)
		}
	}
	q.waiting = nil
}

// finish takes a request off.
func (q *requests) finish(e *request) {
	if q.inFlight == e {
		q.inFlight = nil
	}
	q.detached = slices.DeleteFunc(q.detached, func(other *request) bool { return other == e })
}

// run waits for the answer. What does no harm twice is asked again when the
// connection is lost before the answer comes.
func (e *request) run(ctx context.Context, c Client) (client.Reply, error) {
	for {
		reply, err := e.once(ctx, c)
		if !errors.Is(err, client.ErrLost) || !e.repeatable() || c.Err() != nil {
			return reply, err
		}
	}
}

func (e *request) once(ctx context.Context, c Client) (client.Reply, error) {
	switch {
	case e.do != nil:
		return e.do(ctx)
	case e.lines != nil:
		seq, err := c.Paste(ctx, e.command.Room, e.lines)
		return client.Reply{OK: proto.Line{Verb: "PASTE", Room: e.command.Room, Seq: seq}}, err
	}
	return c.Do(ctx, e.command)
}

func (e *request) repeatable() bool {
	switch e.command.Verb {
	case "WHOAMI", "PING", "ROOMS", "JOIN", "WHO", "HISTORY", "SEARCH", "SET":
		return true
	case "TOPIC":
		return e.command.Text == ""
	}
	return false
}

// send queues a request.
func (u *ui) send(e *request) {
	e.boundToRoom = e.isPost() && proto.SameRoom(e.command.Room, u.inputRoom())
	switch {
	case u.connection.up():
	case e.isPost():
		u.infof("not connected; this will be posted to %s: %s", e.command.Room, excerpt(e.text()[0]))
	default:
		u.infof("not connected; /%s will be sent later", strings.ToLower(e.command.Verb))
	}
	u.requests.waiting = append(u.requests.waiting, e)
}

// answered deals with the answer to a request.
func (u *ui) answered(e *request, reply client.Reply, err error) {
	inTurn := u.requests.inFlight == e
	u.requests.finish(e)
	switch {
	case err == nil:
		if inTurn && e.isPost() && u.awaits(reply.OK) {
			e.seq, u.requests.inFlight = reply.OK.Seq, e
		}
		if e.show != nil {
			e.show(reply)
		}
	case e.isPost():
		u.notPosted(e, err)
	case e.refused == nil || !e.refused(err):
		u.errorf("%s", explain(e, err))
	}
	u.catchUp()
}

// awaits reports whether what was answered is a post that has not come yet as
// an event, and will: answers and events come separate ways.
func (u *ui) awaits(ok proto.Line) bool {
	r := u.rooms[ok.Room]
	return r != nil && !u.echoOff && r.seen < ok.Seq
}

// notPosted shows what was not posted, so that it can be said again.
func (u *ui) notPosted(e *request, err error) {
	how := "not posted to"
	if errors.Is(err, client.ErrLost) {
		how = "perhaps not posted to"
	}
	u.errorf("%s %s: %s", how, e.command.Room, explain(e, err))
	for _, line := range e.text() {
		u.errorf("  %s", line)
	}
}
