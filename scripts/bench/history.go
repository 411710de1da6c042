package main

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// history measures how long chatd takes to read an archive back: it fills the
// archive, starts chatd again, and has one client ask one question after the other,
// while nobody or others post.
type history struct {
	*archive
	posts int
	span  span
}

func newHistory(o *options) benchmark {
	return &history{newArchive(o.historyRooms), o.historyPosts, spanOf(seconds(o.historySeconds))}
}

// scribes is how many post while questions are asked.
const scribes = 16

// How long a post takes to be written and indexed, and what else comes before the
// questions. A slow machine may take slowMachine times as long.
const (
	perPost     = 100 * time.Microsecond
	perArchive  = 5 * time.Second
	slowMachine = 5
)

func (h *history) plan(*series) plan {
	questions := 2 * len(h.questions)
	asking := time.Duration(questions) * (h.span.whole() + perServer/2)
	filling := time.Duration(h.posts)*perPost + perArchive
	return plan{steps: 4 + questions, about: asking + filling, limit: asking + filling*slowMachine}
}

// measure measures chatd, whatever other systems there are.
func (h *history) measure(ctx context.Context, s *series) {
	err := errors.New("it needs a chatd that stores posts on disk")
	for _, sys := range s.systems {
		if c, ok := sys.(*chatd); ok && !c.inMemory() {
			err = h.measureChatd(ctx, s, c)
		}
	}
	if err != nil {
		s.fail(ctx, "history", err)
	}
}

func (h *history) measureChatd(ctx context.Context, s *series, c *chatd) error {
	srv, err := start(ctx, c, s.dir, onDisk)
	if err != nil {
		return fmt.Errorf("%w: %w", errStart, err)
	}
	defer srv.remove()
	if err := h.prepare(ctx, s, srv); err != nil {
		return fmt.Errorf("%w; it printed:\n%s", err, srv.Output())
	}
	for _, posters := range []int{0, scribes} {
		for _, q := range h.questions {
			name := fmt.Sprintf("History/posts=%d/question=%s/posters=%d", h.posts, q.name, posters)
			s.progress.next(name)
			count, values, err := h.ask(ctx, srv, q, posters)
			if err != nil {
				return fmt.Errorf("%s: %w; it printed:\n%s", name, err, srv.Output())
			}
			s.print(line(name, count, values...))
		}
	}
	return nil
}

// prepare fills the archive, and starts the server again when all is indexed.
func (h *history) prepare(ctx context.Context, s *series, srv *server) error {
	for _, step := range []struct {
		name string
		do   func() error
	}{
		{"Fill", func() error { return h.fill(ctx, srv, h.posts, s.progress.say) }},
		{"Index", func() error { return index(ctx, srv) }},
		{"Stop", func() error { return srv.Stop(stopWithin) }},
		{"Start", func() error { return srv.launch(ctx) }},
	} {
		s.progress.next(step.name)
		began := time.Now()
		if err := step.do(); err != nil {
			return err
		}
		s.print(line(fmt.Sprintf("History%s/posts=%d", step.name, h.posts), 1, value{float64(time.Since(began).Nanoseconds()), "ns/op"}))
	}
	return nil
}

// index waits until chatd has indexed all posts. As long as posts come in, its
// indexer rests most of the time, and for longer the slower the machine is: its
// silence says nothing. After a start it does not rest before it is done.
func index(ctx context.Context, srv *server) error {
	if err := srv.Stop(stopWithin); err != nil {
		return err
	}
	if err := srv.launch(ctx); err != nil {
		return err
	}
	return srv.settle(ctx)
}

// ask has one client ask a question while posters post.
func (h *history) ask(ctx context.Context, srv *server, q *question, posters int) (count uint64, values []value, err error) {
	ctx, r, done := newRound(ctx, srv, h.span, posters)
	defer done()
	asking := &asker{archive: h.archive, question: q, random: h.chance()}
	if asking.conn, err = srv.dial(ctx); err != nil {
		return 0, nil, err
	}
	team := make([]*scribe, posters)
	for i := range team {
		team[i] = &scribe{archive: h.archive, random: h.chance()}
		if team[i].conn, err = srv.dial(ctx); err != nil {
			return 0, nil, err
		}
	}
	r.begin(func() error { return asking.work(r) })
	for _, s := range team {
		r.begin(func() error { return s.work(r) })
	}
	got, err := r.run(ctx, func() (acked uint64) {
		for _, s := range team {
			acked += s.acked.Load()
		}
		return acked
	})
	t := &asking.tally
	values = []value{{t.ns(0.5), "p50-ns"}, {t.ns(0.99), "p99-ns"}, {float64(t.shown) / float64(t.count), "posts/answer"}, {float64(t.cut), "cut"}}
	if posters > 0 {
		values = append(values, value{got.perSecond(), "posts/s"})
	}
	return t.count, values, err
}
