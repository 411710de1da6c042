package main

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"linechat/chat/client"
)

// search is the command of that name.
func search(ctx context.Context, p *program) error {
	return p.ask(ctx, func(ctx context.Context, s *session) error {
		found, err := s.find(ctx)
		if err != nil {
			return err
		}
		out := p.printer()
		p.show(found, nil, out)
		return out.flush()
	})
}

// find asks for the newest posts, page by page, and returns them oldest first.
func (s *session) find(ctx context.Context) (found []client.Message, err error) {
	p := s.program
	for before := p.before; len(found) < p.number; {
		n := min(p.number-len(found), pagePosts)
		posts, err := s.findPage(ctx, n, before)
		if err != nil {
			return nil, err
		}
		newer := slices.DeleteFunc(posts.Past, func(l client.Message) bool { return l.Seq <= p.after })
		full := len(newer) == n
		found = append(newer, found...)
		switch missed := unsearched(posts.Gaps); {
		case missed > p.after && (before == 0 || missed+1 < before):
			before = missed + 1 // the server's second is over; the next begins there
		case full:
			before = newer[0].Seq
		default:
			return found, nil
		}
	}
	return found, nil
}

// findPage asks once, for posts before a number unless it is 0.
func (s *session) findPage(ctx context.Context, n int, before uint64) (posts client.Posts, err error) {
	p := s.program
	query := fmt.Sprintf("limit:%d ", n)
	if before > 0 {
		query += fmt.Sprintf("before:%d ", before)
	}
	if p.since > 0 {
		query += fmt.Sprintf("since:%ds ", int64(time.Duration(p.since)/time.Second))
	}
	if p.from != "" {
		query += "from:" + p.from + " "
	}
	query += strings.Join(p.args[1:], " ")
	err = s.retry(ctx, func() (err error) {
		posts, err = s.Search(ctx, p.args[0], query)
		return err
	})
	return posts, err
}

// unsearched returns the last number that the server has not come to; 0: none.
func unsearched(gaps []client.Gap) uint64 {
	for i := range gaps {
		if gaps[i].Why == "time" {
			return gaps[i].To
		}
	}
	return 0
}
