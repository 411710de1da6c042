package people

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

// patience is how long a post is waited for before the next errand is sent as
// well. The client keeps posts in their order.
const patience = 2 * time.Second

// An errand is a command to the server.
type errand struct {
	command proto.Command
	lines   []string // of a PASTE
	do      func(context.Context) (client.Reply, error)
	show    func(client.Reply) // shows what was answered
	refused func(error) bool   // shows why it was not done, if it can; nil: it cannot

	here  bool      // a post to the room that the person took to be the current one
	until time.Time // when the next one is sent even without an answer
	seq   uint64    // of a post that was answered, and is awaited as an event
}

// isPost reports whether the errand says something to a room.
func (e *errand) isPost() bool {
	switch e.command.Verb {
	case "POST", "ME", "PASTE":
		return true
	}
	return false
}

// text is what a post says.
func (e *errand) text() []string {
	if e.lines != nil {
		return e.lines
	}
	return []string{e.command.Text}
}

// target is the room that a JOIN leads to.
func (e *errand) target() (room string, ok bool) {
	if e.command.Verb != "JOIN" {
		return "", false
	}
	return e.command.Words[0], true
}

// errands are what has been asked of the server and not been answered.
type errands struct {
	waiting []*errand
	turn    *errand   // the one whose answer is waited for
	aside   []*errand // posts whose answers are no longer waited for
}

func (q *errands) none() bool { return q.turn == nil && len(q.waiting) == 0 && len(q.aside) == 0 }

// all returns them in their order.
func (q *errands) all() []*errand {
	all := slices.Clone(q.aside)
	if q.turn != nil {
		all = append(all, q.turn)
	}
	return append(all, q.waiting...)
}

// posts is how many posts are among them.
func (q *errands) posts() (n int) {
	for _, e := range q.all() {
		if e.isPost() {
			n++
		}
	}
	return n
}

// at is when the next errand is due without an answer to this one.
func (q *errands) at() time.Time {
	if q.turn == nil || !q.turn.isPost() {
		return time.Time{}
	}
	return q.turn.until
}

// joining reports whether a JOIN of a room waits for its answer.
func (q *errands) joining(room string) bool {
	return slices.ContainsFunc(q.all(), func(e *errand) bool {
		target, ok := e.target()
		return ok && sameRoom(target, room)
	})
}

// start sends the next errand, if it is its turn.
func (q *errands) start(t *talk) {
	if at := q.at(); !at.IsZero() && !t.now().Before(at) {
		q.setAside(t)
	}
	for q.turn == nil && len(q.waiting) > 0 {
		e := q.waiting[0]
		q.waiting = q.waiting[1:]
		if e.here && t.roomNamed(e.command.Room) == nil { // it has gone, and no other takes its place
			t.notPosted(e, fmt.Errorf("you are not in %s", e.command.Room))
			continue
		}
		e.until = t.now().Add(patience)
		q.turn = e
		t.aside(func(ctx context.Context) func() {
			reply, err := e.run(ctx, t.client)
			return func() { t.answered(e, reply, err) }
		})
	}
}

// setAside has the next errand sent although this one is not answered.
func (q *errands) setAside(t *talk) {
	e := q.turn
	q.turn = nil
	if e.seq > 0 {
		return
	}
	if q.aside = append(q.aside, e); t.link.up() {
		t.info("no answer yet to: %s", short(e.text()[0]))
	}
}

// seen notes that a post has come. What is done next is shown behind it.
func (q *errands) seen(l *proto.Line) {
	if e := q.turn; e != nil && e.seq > 0 && e.seq <= l.Seq && sameRoom(e.command.Room, l.Room) {
		q.turn = nil
	}
}

// abandon says of what has not been sent that it never will be.
func (q *errands) abandon(t *talk) {
	for _, e := range q.waiting {
		if e.isPost() {
			t.notPosted(e, client.ErrClosed)
		}
	}
	q.waiting = nil
}

// finish takes an errand off.
func (q *errands) finish(e *errand) {
	if q.turn == e {
		q.turn = nil
	}
	q.aside = slices.DeleteFunc(q.aside, func(other *errand) bool { return other == e })
}

// run waits for the answer. What does no harm twice is asked again when the
// connection is lost before the answer comes.
func (e *errand) run(ctx context.Context, c Client) (client.Reply, error) {
	for {
		reply, err := e.once(ctx, c)
		if !errors.Is(err, client.ErrLost) || !e.repeatable() || c.Err() != nil {
			return reply, err
		}
	}
}

func (e *errand) once(ctx context.Context, c Client) (client.Reply, error) {
	switch {
	case e.do != nil:
		return e.do(ctx)
	case e.lines != nil:
		seq, err := c.Paste(ctx, e.command.Room, e.lines)
		return client.Reply{OK: proto.Line{Verb: "PASTE", Room: e.command.Room, Seq: seq}}, err
	}
	return c.Do(ctx, e.command)
}

func (e *errand) repeatable() bool {
	switch e.command.Verb {
	case "WHOAMI", "PING", "ROOMS", "JOIN", "WHO", "HISTORY", "SEARCH", "SET":
		return true
	case "TOPIC":
		return e.command.Text == ""
	}
	return false
}

// send queues an errand.
func (t *talk) send(e *errand) {
	e.here = e.isPost() && sameRoom(e.command.Room, t.headed())
	switch {
	case t.link.up():
	case e.isPost():
		t.info("not connected; this will be posted to %s: %s", e.command.Room, short(e.text()[0]))
	default:
		t.info("not connected; /%s will be sent later", strings.ToLower(e.command.Verb))
	}
	t.errands.waiting = append(t.errands.waiting, e)
}

// answered deals with the answer to an errand.
func (t *talk) answered(e *errand, reply client.Reply, err error) {
	inTurn := t.errands.turn == e
	t.errands.finish(e)
	switch {
	case err == nil:
		if inTurn && e.isPost() && t.awaits(reply.OK) {
			e.seq, t.errands.turn = reply.OK.Seq, e
		}
		if e.show != nil {
			e.show(reply)
		}
	case e.isPost():
		t.notPosted(e, err)
	case e.refused == nil || !e.refused(err):
		t.complain("%s", whyNot(e, err))
	}
	t.catchUp()
}

// awaits reports whether what was answered is a post that has not come yet as
// an event, and will: answers and events come separate ways.
func (t *talk) awaits(ok proto.Line) bool {
	r := t.rooms[ok.Room]
	return r != nil && !t.echoOff && r.seen < ok.Seq
}

// notPosted shows what was not posted, so that it can be said again.
func (t *talk) notPosted(e *errand, err error) {
	how := "not posted to"
	if errors.Is(err, client.ErrLost) {
		how = "perhaps not posted to"
	}
	t.complain("%s %s: %s", how, e.command.Room, whyNot(e, err))
	for _, line := range e.text() {
		t.complain("  %s", line)
	}
}
