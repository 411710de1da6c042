package client

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"linechat/chatd/proto"
)

// maxWrite is how many bytes of commands are enough for one write.
const maxWrite = 64 << 10

// nextRequests returns what is to be sent next on cn, and, when posts are held back,
// how long. It moves the requests among those that await their answer.
func (c *Client) nextRequests(cn *conn) (next []*Request, held time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	next, cn.first = cn.first, nil
	if cn.open && cn.creating == 0 {
		c.expire()
		held = max(time.Until(c.heldUntil), 0)
		size := 0
		c.outbox = slices.DeleteFunc(c.outbox, func(r *Request) bool {
			if size >= maxWrite || cn.quits || r.post && held > 0 {
				return false
			}
			size += len(r.line)
			cn.quits = r.command.Verb == "QUIT"
			next = append(next, r)
			return true
		})
	}
	for _, r := range next {
		r.nick = c.session.Nick
		if r.sentAt.IsZero() {
			r.sentAt = time.Now().Round(0) // without the monotonic clock, which stands still while the machine sleeps
		}
	}
	if len(cn.inflight) == 0 {
		cn.progress = time.Now()
	}
	cn.inflight = append(cn.inflight, next...)
	return next, held
}

// sendAgain puts requests back among those to be sent, in their order.
func (c *Client) sendAgain(requests ...*Request) {
	for _, r := range requests {
		if !r.maybeStored {
			r.sentAt = time.Time{}
		}
	}
	c.outbox = append(c.outbox, requests...)
	slices.SortStableFunc(c.outbox, func(a, b *Request) int { return cmp.Compare(a.id, b.id) })
}

// holdPosts lets no post out for a while, because the store has failed.
func (c *Client) holdPosts(wait time.Duration) {
	now := time.Now()
	if now.Before(c.heldUntil) {
		return // this is one more of the posts that met the same failure
	}
	c.failures++
	c.heldUntil = now.Add(max(wait, c.config.pause(c.failures)))
	c.wakeWriter()
}

// expire fails the posts of which it is not known for so long whether they are
// stored that the server may have forgotten their keys.
func (c *Client) expire() {
	c.outbox = slices.DeleteFunc(c.outbox, func(r *Request) bool {
		if !r.post || r.sentAt.IsZero() || time.Since(r.sentAt) < onceLifetime {
			return false
		}
		c.finish(r, fmt.Errorf("%w: for so long that it is not safe to send the post again", ErrLost))
		return true
	})
}

// connectionLost takes the requests from a connection that was lost for the reason
// err: posts are sent again, other commands fail.
func (c *Client) connectionLost(err error) {
	if cn := c.conn; cn != nil {
		c.conn = nil
		lost := fmt.Errorf("%w: %w", ErrLost, err)
		again := slices.DeleteFunc(append(cn.first, cn.inflight...), func(r *Request) bool {
			if !r.post {
				c.finish(r, lost)
			}
			return r.finished
		})
		for _, r := range again {
			r.maybeStored = true
		}
		c.sendAgain(again...)
	}
	for _, r := range c.rooms {
		r.joined = false
	}
	for _, r := range c.outbox {
		r.tried = nil
	}
	c.expire()
}

// overflow fails all requests, because too many events wait, and the goroutine that
// takes events may itself wait for an answer.
func (c *Client) overflow(cn *conn) {
	for _, r := range append(slices.Clone(cn.inflight), c.outbox...) {
		if !r.internal {
			c.finish(r, ErrUnread)
		}
	}
	c.outbox = nil
}

// isOwn reports whether a post that is brought back is one whose answer was lost,
// which is no event with echo off.
func (c *Client) isOwn(l *proto.Line) bool {
	if c.session.Echo {
		return false
	}
	i := slices.IndexFunc(c.outbox, func(r *Request) bool {
		maybe := r.post && !r.stored && !r.sentAt.IsZero() && r.nick == l.Nick && (r.command.Verb == "ME") == (l.Type == proto.ME)
		return maybe && proto.SameRoom(r.command.Room, l.Room) && proto.CleanLines(r.command.Text) == l.Text
	})
	if i >= 0 {
		c.outbox[i].stored = true
	}
	return i >= 0
}

// throttle waits until more may be read on cn, or a connection be made where it
// is nil. The server is not to blame for that time.
func (c *Client) throttle(ctx context.Context, cn *conn) {
	c.mu.Lock()
	defer c.mu.Unlock()
	began := time.Now()
	for c.events.throttle(ctx) && cn != nil {
		c.overflow(cn)
	}
	if cn != nil {
		cn.progress = cn.progress.Add(time.Since(began))
	}
}
