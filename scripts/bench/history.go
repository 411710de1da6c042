package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// history is the table of what chatd brings back from an archive: it is filled,
// chatd is started again, and one client asks one question after the other, at
// rest and while others post.
type history struct {
	*archive
	posts int
	span  span
}

func historyTable(o *options) table {
	return &history{newArchive(o.historyRooms), o.historyPosts, spanOf(seconds(o.historySeconds))}
}

// scribes is how many post while questions are asked.
const scribes = 16

// How long it takes to have a post written and indexed, and what else comes
// before the questions. A slow machine may take so many times as long.
const (
	perPost     = 100 * time.Microsecond
	perArchive  = 5 * time.Second
	slowMachine = 5
)

func (h *history) plan(*series) plan {
	questions := 2 * len(h.questions)
	asking := time.Duration(questions) * (h.span.whole() + perServer/2)
	filling := time.Duration(h.posts)*perPost + perArchive
	return plan{steps: 3 + questions, about: asking + filling, limit: asking + filling*slowMachine}
}

// make measures chatd, whatever other systems there are.
func (h *history) make(ctx context.Context, s *series) report {
	r := &historyReport{history: h}
	err := errors.New("it is of a chatd that stores on disk, and there is none")
	for _, sys := range s.systems {
		if c, ok := sys.(*chatd); ok && !c.inMemory() {
			err = h.measure(ctx, s, c, r)
		}
	}
	if err != nil {
		if ctx.Err() != nil {
			err = context.Cause(ctx) // whatever has gone wrong because of it
		}
		r.fault("history: %v", err)
	}
	return r
}

func (h *history) measure(ctx context.Context, s *series, c *chatd, r *historyReport) error {
	srv, err := start(ctx, c, s.dir, onDisk)
	if err != nil {
		return fmt.Errorf("%w: %w", errStart, err)
	}
	defer srv.remove()
	if err := h.prepare(ctx, s.progress, srv, r); err != nil {
		return fmt.Errorf("%w; it printed:\n%s", err, srv.Output())
	}
	for _, posters := range []int{0, scribes} {
		for _, q := range h.questions {
			what := fmt.Sprintf("%s, %d posters", q.name, posters)
			s.progress.next(what)
			row, err := h.ask(ctx, srv, q, posters)
			if err != nil {
				return fmt.Errorf("%s: %w; it printed:\n%s", what, err, srv.Output())
			}
			r.rows = append(r.rows, row)
		}
	}
	return nil
}

// prepare fills the archive, and starts the server with it when all is indexed.
func (h *history) prepare(ctx context.Context, p *progress, srv *server, r *historyReport) error {
	p.next("filling rooms")
	began := time.Now()
	if err := h.fill(ctx, srv, h.posts, p.say); err != nil {
		return err
	}
	took := time.Since(began)
	r.fact("filled in %.1f s (%.0f posts/s)", took.Seconds(), float64(h.posts)/took.Seconds())

	p.next("waiting for the index")
	began = time.Now()
	if err := index(ctx, srv); err != nil {
		return err
	}
	r.fact("indexed %.0f s later", (time.Since(began) - quietFor).Seconds())

	p.next("starting the server again")
	began = time.Now()
	if err := srv.Stop(stopWithin); err != nil {
		return err
	}
	r.fact("stopped in %.0f ms", milliseconds(time.Since(began)))
	files, err := sizes(filepath.Join(srv.dir, "*.db*"))
	if err != nil {
		return err
	}
	if took, err = srv.resume(ctx); err != nil {
		return err
	}
	r.fact("start, from exec to HELLO, with %s: %.1f ms", files, milliseconds(took))
	return nil
}

// index waits until chatd has indexed all posts. As long as posts come in, its
// indexer rests most of the time, and for longer the slower the machine is: its
// silence says nothing. After a start it does not rest before it is done.
func index(ctx context.Context, srv *server) error {
	if err := srv.Stop(stopWithin); err != nil {
		return err
	}
	if _, err := srv.resume(ctx); err != nil {
		return err
	}
	return srv.settle(ctx)
}

// sizes says how large files are.
func sizes(pattern string) (string, error) {
	paths, err := filepath.Glob(pattern)
	if err != nil {
		return "", err
	}
	var all []string
	for _, path := range paths {
		info, err := os.Stat(path)
		if err != nil {
			return "", err
		}
		all = append(all, fmt.Sprintf("%s of %.1f MB", info.Name(), float64(info.Size())/1e6))
	}
	return strings.Join(all, " and "), nil
}

// ask has one client ask a question while so many post.
func (h *history) ask(ctx context.Context, srv *server, q *question, posters int) (row historyRow, err error) {
	ctx, r, done := newRound(ctx, srv, h.span, posters)
	defer done()
	asking := &asker{archive: h.archive, question: q, random: h.chance()}
	if asking.conn, err = srv.dial(ctx); err != nil {
		return row, err
	}
	team := make([]*scribe, posters)
	for i := range team {
		team[i] = &scribe{archive: h.archive, random: h.chance()}
		if team[i].conn, err = srv.dial(ctx); err != nil {
			return row, err
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
	return historyRow{q.name, posters, &asking.tally, got.perSecond()}, err
}
