package client

import (
	"context"
	"strings"

	"linechat/chatd/proto"
)

// postWindow is how many posts of PostAsync are under way; the server takes
// 512 of a session (protocol.md, "Limits").
const postWindow = 256

// Post posts a line to a room, or to the current one if room is empty, and
// returns its number when it is safe. The client need not be in that room. The
// post is sent again, under one ONCE key, as long as ctx allows.
func (c *Client) Post(ctx context.Context, room, text string, options ...Option) (seq uint64, err error) {
	return c.post(ctx, "POST", room, text, options)
}

// Emote posts what the user does, otherwise as Post.
func (c *Client) Emote(ctx context.Context, room, text string, options ...Option) (seq uint64, err error) {
	return c.post(ctx, "ME", room, text, options)
}

// Paste posts several lines as one post, otherwise as Post (protocol.md,
// "PASTE").
func (c *Client) Paste(ctx context.Context, room string, lines []string, options ...Option) (seq uint64, err error) {
	return c.post(ctx, "PASTE", room, strings.Join(lines, "\n"), options)
}

func (c *Client) post(ctx context.Context, verb, room, text string, options []Option) (seq uint64, err error) {
	r, err := c.Do(ctx, proto.Command{Verb: verb, Room: room, Text: text}, options...)
	return r.OK.Seq, err
}

// PostAsync posts a line as Post does, but does not wait for its answer, which is
// no event. It waits while 256 posts are under way, so one loop posts as fast as
// the server takes them. Posts of one goroutine are sent in order, and after a
// lost connection again in order, each under its ONCE key: none is lost and none
// is doubled. Only where the server refuses a post because its store fails may
// those sent after it be stored before it is sent again.
//
// Ctx is for the wait for a place. Whoever wants to give up the post calls Wait
// of the request with a context that ends.
func (c *Client) PostAsync(ctx context.Context, room, text string, options ...Option) (*Request, error) {
	select {
	case c.window <- struct{}{}:
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	case <-c.ended:
		return nil, c.Err()
	}
	r, err := c.submit(ctx, proto.Command{Verb: "POST", Room: room, Text: text}, options, func(*Request) { <-c.window })
	if err != nil {
		<-c.window
	}
	return r, err
}
