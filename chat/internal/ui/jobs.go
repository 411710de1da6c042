package ui

import (
	"context"
	"errors"

	"linechat/chat/client"
	"linechat/chatd/proto"
)

// A job is one thing to do with the server. It returns what Run is to do then;
// nil: nothing.
type job func(context.Context) func()

// work carries out jobs, one after the other.
func (u *UI) work(ctx context.Context) {
	for {
		select {
		case j := <-u.jobs:
			if done := j(ctx); done != nil {
				u.report(ctx, done)
			}
		case <-ctx.Done():
			return
		}
	}
}

// report has Run call done.
func (u *UI) report(ctx context.Context, done func()) {
	select {
	case u.reports <- done:
	case <-ctx.Done():
	}
}

// queue has a job carried out. It reports false, and says so, if too many wait
// already; what is the line that was meant.
func (u *UI) queue(what string, j job) bool {
	select {
	case u.jobs <- j:
		return true
	default:
		u.problem("not sent, for %d others wait for the server: %s", mostJobs, what)
		return false
	}
}

// do sends a command and shows its answer with show, or why it was refused.
func (u *UI) do(c proto.Command, show func(client.Reply)) {
	u.queue("/"+c.Verb, func(ctx context.Context) func() {
		r, err := u.client.Do(ctx, c)
		return func() {
			if err != nil {
				u.refused(c.Verb, err)
				return
			}
			show(r)
		}
	})
}

// refused says why a command was not carried out.
func (u *UI) refused(verb string, err error) {
	var refusal *proto.Error
	switch {
	case errors.As(err, &refusal):
		u.problem("%s", refusal.Text)
	case errors.Is(err, client.ErrLost):
		u.problem("%s has no answer: the connection was lost; try again", verb)
	case errors.Is(err, context.Canceled), errors.Is(err, client.ErrClosed):
	default:
		u.problem("%s: %v", verb, err)
	}
}
