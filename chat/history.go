package main

import (
	"context"
	"time"

	"linechat/chat/client"
)

// pagePosts is the most posts that the server brings back at once (protocol.md,
// "Limits").
const pagePosts = 1000

// A span says which posts are played back.
type span struct {
	after  uint64        // those behind this number
	since  time.Duration // not older than this; 0: of any age
	before uint64        // those before this number; 0: all
	first  int           // at most so many, the first ones; 0: all
	last   int           // if not open: so many, the last ones
	open   bool          // after or since says where to begin
}

// history is the command of that name.
func history(ctx context.Context, p *program) error {
	s := span{after: p.after, since: time.Duration(p.since), before: p.before, last: p.number, open: p.afterGiven || p.since > 0}
	if s.open && p.numberGiven {
		if s.first = p.number; s.first == 0 {
			s.before = 1 // none
		}
	}
	return p.ask(ctx, func(ctx context.Context, c *session) error {
		_, err := c.playBack(ctx, s, p.printer())
		return err
	})
}

// playBack prints posts of the room, page by page, and returns the last number
// up to which there are no more.
func (s *session) playBack(ctx context.Context, which span, out *printer) (seen uint64, err error) {
	head, err := s.page(ctx, 1, client.Replay{})
	if err != nil {
		return 0, err
	}
	if which.after > head.Head {
		_, err := s.page(ctx, 1, client.After(which.after)) // which the server refuses
		return 0, err
	}
	end := head.Head // the last one to show
	if which.before > 0 {
		end = min(end, which.before-1)
	}
	if seen = which.after; !which.open {
		seen = end - min(end, uint64(which.last))
	}
	replay := client.After(seen)
	if which.since > 0 {
		replay = client.Since(which.since)
	}
	left := uint64(which.first)
	if left == 0 {
		left = end
	}
	for seen < end && left > 0 {
		posts, err := s.page(ctx, int(min(left, pagePosts)), replay)
		if err != nil {
			return seen, err
		}
		past := upTo(end, posts.Past)
		s.program.show(past, gapsTo(end, posts.Gaps), out)
		if err := out.flush(); err != nil {
			return seen, err
		}
		if len(past) == 0 { // all that is left is gone
			break
		}
		left -= uint64(len(past))
		seen = past[len(past)-1].Seq
		replay = client.After(seen)
	}
	return max(seen, end), nil
}

// page asks for some posts, until it gets them.
func (s *session) page(ctx context.Context, n int, replay client.Replay) (posts client.Posts, err error) {
	err = s.retry(ctx, func() (err error) {
		posts, err = s.History(ctx, s.program.args[0], n, replay)
		return err
	})
	return posts, err
}

// upTo returns the posts up to the number end.
func upTo(end uint64, posts []client.Message) []client.Message {
	for i := range posts {
		if posts[i].Seq > end {
			return posts[:i]
		}
	}
	return posts
}

// gapsTo returns what is missing up to the number end.
func gapsTo(end uint64, gaps []client.Gap) []client.Gap {
	for i := range gaps {
		gaps[i].To = min(gaps[i].To, end)
	}
	return gaps
}

// show prints posts, and says what is missing of them.
func (p *program) show(posts []client.Message, gaps []client.Gap, out *printer) {
	for i := range gaps {
		p.sayGap(gaps[i])
	}
	for i := range posts {
		out.post(posts[i])
	}
}
