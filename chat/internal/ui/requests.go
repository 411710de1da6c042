package ui

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"linechat/chat/client"
	"linechat/chatd/proto"
)

// answerTimeout is how long a post may be without an answer until that is shown.
const answerTimeout = 2 * time.Second

// A request is a command to the server that somebody waits for.
type request struct {
	command proto.Command
	options []client.Option
	show    func(client.Reply) // shows the answer; nil: an event does
	failed  func(error)        // shows why there is none; nil: in the usual way

	roomBound bool            // a post to the room that the person took to be the current one
	sent      *client.Request // nil: it waits to be sent
	overdueAt time.Time       // of a post: when it is shown that it has no answer
	overdue   bool            // that time is over
}

// isPost reports whether a command says something to a room.
func isPost(c proto.Command) bool { return c.Verb == "POST" || c.Verb == "ME" || c.Verb == "PASTE" }

// changesRooms reports whether the answer decides which rooms the person is in. What
// follows waits for it: it may be for the room of a JOIN that is refused.
func (e *request) changesRooms() bool { return e.command.Verb == "JOIN" || e.command.Verb == "LEAVE" }

// repeatable reports whether the command does no harm when it is carried out twice.
func (e *request) repeatable() bool {
	switch e.command.Verb {
	case "HELP", "WHOAMI", "PING", "ROOMS", "JOIN", "WHO", "HISTORY", "SEARCH", "SET", "IGNORE", "UNIGNORE", "LIMITS":
		return true
	case "TOPIC":
		return e.command.Text == ""
	}
	return false
}

// requests are those without an answer, in their order.
type requests []*request

// posts is how many posts are among them.
func (q requests) posts() (n int) {
	for _, e := range q {
		if isPost(e.command) {
			n++
		}
	}
	return n
}

// blocking reports whether one of them is worth waiting for before the next line.
func (q requests) blocking() bool {
	return slices.ContainsFunc(q, func(e *request) bool { return !e.overdue })
}

// overdueAt is when the next of them is overdue; zero: none will be.
func (q requests) overdueAt() (next time.Time) {
	for _, e := range q {
		if at := e.overdueAt; !e.overdue && !at.IsZero() && (next.IsZero() || at.Before(next)) {
			next = at
		}
	}
	return next
}

// send has a request sent as soon as what comes before it allows.
func (u *ui) send(e *request) {
	e.roomBound = isPost(e.command) && proto.SameRoom(e.command.Room, u.route.input())
	switch {
	case u.session.Connected():
	case isPost(e.command):
		u.infof("not connected; this will be posted to %s: %s", e.command.Room, excerpt(e.command.Text))
	default:
		u.infof("not connected; /%s will be sent later", strings.ToLower(e.command.Verb))
	}
	u.requests = append(u.requests, e)
}

// sendWaiting gives the client what has no answer to wait for. The client sends in
// this order, now or when there is a connection again.
func (u *ui) sendWaiting() {
	for _, e := range slices.Clone(u.requests) {
		if e.sent == nil {
			u.sendNow(e)
		}
		if e.changesRooms() && slices.Contains(u.requests, e) {
			return
		}
	}
}

func (u *ui) sendNow(e *request) {
	if e.roomBound && u.roomNamed(e.command.Room) == nil { // it has gone, and no other takes its place
		u.answered(e, client.Reply{}, fmt.Errorf("you are not in %s", e.command.Room))
		return
	}
	sent, err := u.client.Send(e.command, e.options...)
	if err != nil && u.client.Err() != nil {
		err = client.ErrClosed // whatever it has ended for, nothing was sent
	}
	if err != nil {
		u.answered(e, client.Reply{}, err)
		return
	}
	if e.sent = sent; isPost(e.command) {
		e.overdueAt = u.now().Add(answerTimeout)
	}
}

// noteOverdue shows which posts have no answer although there is a connection.
func (u *ui) noteOverdue(now time.Time) {
	for _, e := range u.requests {
		if e.overdue || !isDue(e.overdueAt, now) {
			continue
		}
		if e.overdue = true; u.session.Connected() {
			u.infof("no answer yet to: %s", excerpt(e.command.Text))
		}
	}
}

// query asks the server for something that nobody waits for; note takes the answer.
func (u *ui) query(c proto.Command, note func(client.Reply)) {
	if sent, err := u.client.Send(c); err == nil {
		u.queries[sent] = note
	}
}

// onAnswer hands an answer to whom it is for.
func (u *ui) onAnswer(a client.Answer) {
	if note := u.queries[a.Request]; note != nil {
		if delete(u.queries, a.Request); a.Err == nil {
			note(a.Reply)
		}
		return
	}
	if i := slices.IndexFunc(u.requests, func(e *request) bool { return e.sent == a.Request }); i >= 0 {
		u.answered(u.requests[i], a.Reply, a.Err)
	}
}

// answered shows the answer to a request, or why there is none. What does no harm
// twice is sent again when the connection was lost before the answer came.
func (u *ui) answered(e *request, reply client.Reply, err error) {
	if errors.Is(err, client.ErrLost) && e.repeatable() && u.client.Err() == nil {
		e.sent = nil
		return
	}
	u.requests = slices.DeleteFunc(u.requests, func(other *request) bool { return other == e })
	switch {
	case err != nil && e.failed != nil:
		e.failed(err)
	case err != nil:
		u.errorf("%s", explain(e.command, err))
	case e.show != nil:
		e.show(reply)
	}
}
