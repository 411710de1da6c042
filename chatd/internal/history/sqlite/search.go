package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"linechat/chatd/internal/history"
)

// searchFor is how long a search may take.
const searchFor = time.Second

// A search is one Search under way. It looks through what is not indexed yet,
// and then asks the index: from the newest post to the oldest, so that what time
// did not allow is one run of numbers.
type search struct {
	*Store
	query  history.Query
	room   int64
	first  uint64   // the first number to be looked at
	found  []uint64 // the newest first
	low    uint64   // everything from this number on has been looked at
	behind int64    // what is left is posts up to this id; 0: nothing is
}

// Search implements history.Store. Of many at a time each waits for its turn, and
// nothing else waits for them.
func (s *Store) Search(ctx context.Context, fold string, q history.Query) (history.Hits, error) {
	select {
	case s.seeking <- struct{}{}:
		defer func() { <-s.seeking }()
	case <-ctx.Done():
		return history.Hits{}, ctx.Err()
	}
	limited, cancel := context.WithTimeout(ctx, searchFor)
	defer cancel()
	r, err := scanHeaded(s.seek.row(limited, headed+"WHERE fold = ?", fold))
	if err != nil {
		return history.Hits{}, s.unread(err)
	}
	run := &search{Store: s, query: q, room: r.id, first: max(r.First, q.After+1), low: r.Head + 1}
	if q.Before > 0 {
		run.low = min(run.low, q.Before)
	}
	err = run.all(limited)
	slices.Reverse(run.found)
	hits := history.Hits{Seqs: run.found}
	if err != nil && limited.Err() != nil && ctx.Err() == nil && run.first < run.low {
		hits.MissedFrom, hits.MissedTo = run.first, run.low-1
		return hits, nil
	}
	return hits, s.unread(err)
}

// all looks through the tail and asks the index for the rest, or, where that
// fails or there is nothing to ask for, looks through the rest as well.
func (run *search) all(ctx context.Context) error {
	upto := run.index.upto.Load()
	if len(run.query.Terms) == 0 && run.query.Nick == "" {
		upto = 0
	}
	err := run.tail(ctx, upto)
	if err != nil || run.behind == 0 {
		return err
	}
	low, found := run.low, len(run.found)
	if err = run.indexed(ctx); err == nil || ctx.Err() != nil {
		return err
	}
	run.index.distrust(err)
	run.low, run.found = low, run.found[:found]
	return run.tail(ctx, 0)
}

func (run *search) enough() bool { return len(run.found) >= run.query.Limit }

// tail looks through the posts behind id upto, which are not indexed yet.
func (run *search) tail(ctx context.Context, upto int64) error {
	rows, err := run.seek.query(ctx, "SELECT id, seq, nick, text FROM post WHERE room = ? AND seq < ? AND seq >= ? ORDER BY seq DESC",
		run.room, signed(run.low), signed(run.first))
	if err != nil {
		return err
	}
	defer rows.Close()
	for !run.enough() && rows.Next() {
		var id int64
		var seq uint64
		var nick, text string
		if err := rows.Scan(&id, &seq, &nick, &text); err != nil {
			return err
		}
		if id <= upto {
			run.behind = id
			return nil
		}
		if run.low = seq; run.query.Matches(nick, text) {
			run.found = append(run.found, seq)
		}
	}
	return rows.Err()
}

// indexed asks the index for the posts up to id behind.
func (run *search) indexed(ctx context.Context) error {
	db := run.index.db.Load()
	if db == nil || run.index.upto.Load() < run.behind {
		return errors.New("the index is being made anew")
	}
	var oldest int64
	err := run.seek.row(ctx, "SELECT coalesce(min(id), 0) FROM post WHERE room = ? AND seq = ?", run.room, signed(run.first)).Scan(&oldest)
	if err != nil {
		return err
	}
	rows, err := db.QueryContext(ctx, "SELECT rowid FROM words WHERE words MATCH ? AND rowid BETWEEN ? AND ? ORDER BY rowid DESC", run.match(), oldest, run.behind)
	if err != nil {
		return ofIndex(err)
	}
	defer rows.Close()
	for !run.enough() && rows.Next() {
		var id int64
		if err := rows.Scan(&id); err != nil {
			return err
		}
		if err := run.verify(ctx, id); err != nil {
			return err
		}
	}
	return ofIndex(rows.Err())
}

// verify takes a hit, if the post is still there: the index follows, and may be
// damaged.
func (run *search) verify(ctx context.Context, id int64) error {
	var room int64
	var seq uint64
	var nick, text string
	err := run.seek.row(ctx, "SELECT room, seq, nick, text FROM post WHERE id = ?", id).Scan(&room, &seq, &nick, &text)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return nil
	case err != nil:
		return err
	}
	if room == run.room && run.query.Matches(nick, text) {
		run.found, run.low = append(run.found, seq), seq
	}
	return nil
}

// match is the query in the language of FTS5, whose words are all quoted.
func (run *search) match() string {
	var parts []string
	if run.query.Nick != "" {
		parts = append(parts, fmt.Sprintf(`nick : "%s"`, nickTerm(run.room, run.query.Nick)))
	}
	for _, t := range run.query.Terms {
		part := fmt.Sprintf(`text : "%s"`, strings.ReplaceAll(textTerm(run.room, t.Words), `"`, `""`))
		if t.Prefix {
			part += " *"
		}
		parts = append(parts, part)
	}
	return strings.Join(parts, " AND ")
}
