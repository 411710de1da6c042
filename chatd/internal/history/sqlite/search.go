package sqlite

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"time"

	"linechat/chatd/internal/history"
	"linechat/chatd/internal/history/sqlite/internal/db"
)

// searchFor is how long a search may take.
const searchFor = time.Second

// A search is one Search under way. It scans the posts that are not indexed yet, and
// then asks the index: from the newest post to the oldest, so that what it does not get
// to in time is one range of numbers.
type search struct {
	index *index
	chat  *db.Conn
	query history.Query
	room  int64
	first uint64   // the first number to be looked at
	found []uint64 // the newest first
	low   uint64   // everything from this number on has been looked at
	rest  int64    // the posts up to this id have not been looked at; 0: none
}

// Search implements history.Store. Searches wait for one another, and nothing else
// waits for them.
func (s *Store) Search(ctx context.Context, fold string, q history.Query) (hits history.Hits, err error) {
	unsettled := s.settled(ctx) // what is stored is found anyway
	err = s.searchReader.Use(ctx, func(c *db.Conn) (err error) {
		limited, cancel := context.WithTimeout(ctx, searchFor)
		defer cancel()
		c.SetContext(limited)
		hits, err = s.search(limited, c, fold, q)
		if limited.Err() != nil && ctx.Err() == nil && hits.MissedTo > 0 {
			return nil
		}
		hits.MissedFrom, hits.MissedTo = 0, 0
		return err
	})
	if unsettled != nil && errors.Is(err, history.ErrNoRoom) {
		return hits, unsettled
	}
	return hits, s.unread(err)
}

// search returns what it has found even if it fails, and then what it has missed, too.
func (s *Store) search(ctx context.Context, c *db.Conn, fold string, q history.Query) (history.Hits, error) {
	r, err := readRoom(c, fold)
	if err != nil {
		return history.Hits{}, err
	}
	run := &search{index: s.index, chat: c, query: q, room: r.ID, first: max(r.First, q.After+1), low: r.Head + 1}
	if q.Before > 0 {
		run.low = min(run.low, q.Before)
	}
	err = run.all(ctx)
	slices.Reverse(run.found)
	hits := history.Hits{Seqs: run.found}
	if err != nil && run.first < run.low {
		hits.MissedFrom, hits.MissedTo = run.first, run.low-1
	}
	return hits, err
}

// all scans the tail and asks the index for the rest, or, when that fails or there are
// no words to ask for, scans the rest as well.
func (run *search) all(ctx context.Context) error {
	upto := run.index.upto.Load()
	if len(run.query.Terms) == 0 && run.query.Nick == "" {
		upto = 0
	}
	err := run.tail(upto)
	if err != nil || run.rest == 0 {
		return err
	}
	low, found := run.low, len(run.found)
	if err = run.indexed(ctx); err == nil || ctx.Err() != nil {
		return err
	}
	run.index.reportDamage(err)
	run.low, run.found = low, run.found[:found]
	return run.tail(0)
}

func (run *search) enough() bool { return len(run.found) >= run.query.Limit }

// tail scans the posts after id upto, which are not indexed yet.
func (run *search) tail(upto int64) error {
	if run.enough() {
		return nil
	}
	return run.chat.Each("SELECT id, seq, nick, text FROM post WHERE room = ? AND seq < ? AND seq >= ? ORDER BY seq DESC", func(r *db.Row) error {
		runtime.Gosched() // posts come before reads, and this may take a second
		var id int64
		var seq uint64
		var nick, text string
		if err := r.Scan(&id, &seq, &nick, &text); err != nil {
			return err
		}
		if id <= upto {
			run.rest = id
			return db.ErrStop
		}
		if run.look(seq, nick, text); run.enough() {
			return db.ErrStop
		}
		return nil
	}, run.room, db.Signed(run.low), db.Signed(run.first))
}

// look looks at the next post.
func (run *search) look(seq uint64, nick, text string) {
	if run.low = seq; run.query.Matches(nick, text) {
		run.found = append(run.found, seq)
	}
}

// indexed asks the index for the posts up to id rest.
func (run *search) indexed(ctx context.Context) error {
	pool := run.index.pool.Load()
	if pool == nil || run.index.upto.Load() < run.rest {
		return errors.New("the index is being made anew")
	}
	var oldest int64
	err := run.chat.One("SELECT coalesce(min(id), 0) FROM post WHERE room = ? AND seq = ?", run.room, db.Signed(run.first)).Scan(&oldest)
	if err != nil {
		return err
	}
	var chatErr error // which says nothing of the index
	err = pool.Use(ctx, func(c *db.Conn) error {
		return c.Each("SELECT rowid FROM words WHERE words MATCH ? AND rowid BETWEEN ? AND ? ORDER BY rowid DESC", func(r *db.Row) error {
			runtime.Gosched() // as in tail
			var id int64
			if err := r.Scan(&id); err != nil {
				return err
			}
			if chatErr = run.verify(id); chatErr != nil || run.enough() {
				return db.ErrStop
			}
			return nil
		}, run.match(), oldest, run.rest)
	})
	return errors.Join(chatErr, ofIndex(err))
}

// verify reads a hit's post and compares it with the query: the index lags, may be damaged,
// and is not asked for all terms.
func (run *search) verify(id int64) error {
	var room int64
	var seq uint64
	var nick, text string
	err := run.chat.One("SELECT room, seq, nick, text FROM post WHERE id = ?", id).Scan(&room, &seq, &nick, &text)
	if errors.Is(err, db.ErrNoRow) {
		return nil
	}
	if err == nil && room == run.room && run.query.Matches(nick, text) {
		run.found, run.low = append(run.found, seq), seq
	}
	return err
}

// maxPrefixes is how many beginnings of words the index is asked for. Before it returns a row it
// gathers all posts with any word that begins so, for each of them: 30 further ones cost a
// quarter of a second, where verify looks at what the longest have left.
const maxPrefixes = 4

// asked returns the terms that the index is asked for: all but beginnings of words, and of
// these the longest.
func asked(terms []history.Term) []history.Term {
	var whole, prefixes []history.Term
	for _, t := range terms {
		if t.Prefix {
			prefixes = append(prefixes, t)
		} else {
			whole = append(whole, t)
		}
	}
	slices.SortStableFunc(prefixes, func(a, b history.Term) int { return len(last(b.Words)) - len(last(a.Words)) })
	return append(whole, prefixes[:min(len(prefixes), maxPrefixes)]...)
}

func last(words []string) string { return words[len(words)-1] }

// match returns what the index is asked for in FTS5's language, with every word quoted.
func (run *search) match() string {
	var parts []string
	if run.query.Nick != "" {
		parts = append(parts, fmt.Sprintf(`nick : "%s"`, nickTerm(run.room, run.query.Nick)))
	}
	for _, t := range asked(run.query.Terms) {
		part := fmt.Sprintf(`text : "%s"`, strings.ReplaceAll(textTerm(run.room, t.Words), `"`, `""`))
		if t.Prefix {
			part += " *"
		}
		parts = append(parts, part)
	}
	return strings.Join(parts, " AND ")
}
