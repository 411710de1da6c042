package client

import (
	"context"
	"crypto/rand"
	"slices"
	"strings"

	"linechat/chatd/proto"
)

// postWindow is how many posts of PostAsync are under way; the server takes
// 512 of a session (protocol.md, "Limits").
const postWindow = 256

// Post posts a line to a room, or to the current one if room is empty, and
// returns its number when it is safe. It need not be in that room. The post is
// sent again, under one ONCE key, as long as ctx allows.
func (c *Client) Post(ctx context.Context, room, text string) (seq uint64, err error) {
	r, err := c.Do(ctx, proto.Command{Verb: "POST", Room: room, Text: text})
	return r.OK.Seq, err
}

// Emote posts what the user does, otherwise as Post.
func (c *Client) Emote(ctx context.Context, room, text string) (seq uint64, err error) {
	r, err := c.Do(ctx, proto.Command{Verb: "ME", Room: room, Text: text})
	return r.OK.Seq, err
}

// Paste posts several lines as one post, otherwise as Post (protocol.md,
// "PASTE").
func (c *Client) Paste(ctx context.Context, room string, lines []string) (seq uint64, err error) {
	k, err := c.newPost(proto.Command{Verb: "PASTE", Room: room})
	if err != nil {
		return 0, err
	}
	for _, line := range lines {
		if err := checkText(line); err != nil {
			return 0, err
		}
		if strings.HasPrefix(line, ".") {
			k.line = append(k.line, '.')
		}
		k.line = append(append(k.line, line...), '\n')
	}
	k.line = append(k.line, ".\n"...)
	k.text = strings.Join(lines, "\n")
	if err := c.start(k); err != nil {
		return 0, err
	}
	r, err := c.await(ctx, k)
	return r.OK.Seq, err
}

// A PendingPost is a post under way.
type PendingPost struct {
	client *Client
	call   *request
}

// PostAsync posts a line as Post does, but does not wait for its answer. It
// waits while 256 posts are under way, so one loop posts as fast as the server
// takes them. Posts of one goroutine are sent in order, and after a lost
// connection again in order, each under its ONCE key: none is lost and none is
// doubled. Only where the server refuses a post because its store fails may
// those sent behind it be stored before it is sent again.
//
// Ctx is for the wait. See [PendingPost.Wait] for what becomes of the post.
func (c *Client) PostAsync(ctx context.Context, room, text string) (*PendingPost, error) {
	k, err := c.newPost(proto.Command{Verb: "POST", Room: room, Text: text})
	if err != nil {
		return nil, err
	}
	select {
	case c.window <- struct{}{}:
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	case <-c.ended:
		return nil, c.Err()
	}
	k.window = c.window
	if err := c.start(k); err != nil {
		<-c.window
		return nil, err
	}
	return &PendingPost{c, k}, nil
}

// Done is closed when the post is answered, or has failed.
func (p *PendingPost) Done() <-chan struct{} { return p.call.done }

// Wait waits for the answer and returns the post's number. If ctx ends first,
// it returns its error, and the post is not sent again.
func (p *PendingPost) Wait(ctx context.Context) (seq uint64, err error) {
	r, err := p.client.await(ctx, p.call)
	return r.OK.Seq, err
}

// newPost returns the request of a command that is sent again under its key. Its
// room is settled now: on the next connection another one may be current.
func (c *Client) newPost(command proto.Command) (*request, error) {
	if command.Room == "" {
		command.Room = c.Room()
	}
	if command.Room == "" {
		return nil, &proto.Error{Code: proto.NotInRoom, Text: "there is no current room; join one, or name the room"}
	}
	if command.Once == "" {
		command.Once = rand.Text()
	}
	k, err := newRequest(command)
	if err != nil {
		return nil, err
	}
	k.post, k.text = true, command.Text
	return k, nil
}

// isOwn reports whether a post that is brought back is one whose answer was
// lost, which is not shown with echo off. The mutex is held.
func (c *Client) isOwn(l *proto.Line) bool {
	if !c.echoOff() {
		return false
	}
	i := slices.IndexFunc(c.outbox, func(k *request) bool {
		mayBe := k.post && !k.stored && !k.sentAt.IsZero() && k.nick == l.Nick && (k.command.Verb == "ME") == (l.Type == proto.ME)
		return mayBe && proto.SameRoom(k.command.Room, l.Room) && proto.CleanLines(k.text) == l.Text
	})
	if i >= 0 {
		c.outbox[i].stored = true
	}
	return i >= 0
}
