package ui

import (
	"context"
	"errors"
	"fmt"

	"linechat/chatd/proto"
)

// room is where a post goes: to the room whose prompt the person saw, and
// nowhere else. While a JOIN or LEAVE typed before it is under way it is the
// one that this leads to.
func (u *UI) target() string {
	if u.moving > 0 {
		return ""
	}
	return u.current
}

// post posts a line.
func (u *UI) post(text string) {
	room := u.target()
	u.send(text, func(ctx context.Context) func() {
		posting, err := u.client.PostAsync(ctx, room, text)
		if err != nil {
			return func() { u.answered(text, err) }
		}
		u.owned.Go(func() {
			defer u.terminal.Guard()
			_, err := posting.Wait(ctx)
			u.report(ctx, func() { u.answered(text, err) })
		})
		return nil
	})
}

// paste posts several lines as one post.
func (u *UI) paste(lines []string) {
	room := u.target()
	what := fmt.Sprintf("%s ... (%d lines)", lines[0], len(lines))
	u.send(what, func(ctx context.Context) func() {
		_, err := u.client.Paste(ctx, room, lines)
		return func() { u.answered(what, err) }
	})
}

// send queues what posts.
func (u *UI) send(what string, j job) {
	if u.current == "" && u.moving == 0 {
		u.problem("not posted, for you are in no room (/join ROOM; /rooms lists those there are): %s", what)
		return
	}
	if !u.queue(what, j) {
		return
	}
	u.waiting++
	if !u.connected() && !u.link.held {
		u.link.held = true
		u.print(u.view.rule("what you post waits for the connection"))
	}
}

// answered shows a post that was refused, so that it can be sent again.
func (u *UI) answered(what string, err error) {
	u.waiting--
	var refusal *proto.Error
	switch {
	case err == nil, errors.Is(err, context.Canceled):
	case errors.As(err, &refusal):
		u.problem("not posted: %s: %s", refusal.Text, what)
	default:
		u.problem("perhaps not posted: %v: %s", err, what)
	}
}
