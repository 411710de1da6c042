package main

import (
	"context"
	"time"

	"linechat/chat/client"
	"linechat/chatd/proto"
)

// pagePosts is the most posts that the server brings back at once (protocol.md,
// "Limits").
const pagePosts = 1000

// anyAge is more than the age of any post.
const anyAge = 100 * 365 * 24 * time.Hour

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
		if len(past) == 0 {
			if seen, err = s.skipGone(ctx, seen, end, posts.Gaps); err != nil {
				return seen, err
			}
		} else {
			s.program.show(past, posts.Gaps, out)
			left -= uint64(len(past))
			seen = past[len(past)-1].Seq
		}
		if err := out.flush(); err != nil {
			return seen, err
		}
		replay = client.After(seen)
	}
	return max(seen, end), nil
}

// skipGone goes on from the number seen, behind which a page had gaps only, to
// the first post that there is. It returns the number before that.
func (s *session) skipGone(ctx context.Context, seen, end uint64, gaps []proto.Line) (uint64, error) {
	if len(gaps) == 0 {
		return end, nil
	}
	first, err := s.page(ctx, 1, client.Since(anyAge))
	if err != nil {
		return seen, err
	}
	last := end
	if len(first.Past) > 0 {
		last = min(end, first.Past[0].Seq-1)
	}
	gone := gaps[0]
	gone.From, gone.To = seen+1, max(last, seen+1)
	s.program.sayGap(&gone)
	return gone.To, nil
}

// page asks for some posts, until it gets them.
func (s *session) page(ctx context.Context, n int, replay client.Replay) (posts client.Posts, err error) {
	err = s.again(ctx, func() (err error) {
		posts, err = s.History(ctx, s.program.args[0], n, replay)
		return err
	})
	return posts, err
}

// upTo returns the posts up to the number end.
func upTo(end uint64, posts []proto.Line) []proto.Line {
	for i := range posts {
		if posts[i].Seq > end {
			return posts[:i]
		}
	}
	return posts
}

// show prints posts, and says what is missing of them.
func (p *program) show(posts, gaps []proto.Line, out *printer) {
	for i := range gaps {
		p.sayGap(&gaps[i])
	}
	for i := range posts {
		out.post(&posts[i])
	}
}
