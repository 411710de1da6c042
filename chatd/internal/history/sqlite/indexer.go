package sqlite

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"linechat/chatd/internal/history"
	"linechat/chatd/internal/history/sqlite/internal/db"
)

const (
	indexRows   = 500                    // posts that are indexed in one transaction, at most
	indexPause  = time.Second            // after a failure
	indexGather = 200 * time.Millisecond // for more posts, which are then indexed together
	// In a flood, when at least floodRows posts are committed while indexRows are
	// indexed, the indexer rests indexRest times as long as it works. It falls behind
	// then, and a search scans the posts that are not indexed yet, as far as time allows.
	indexRest = 19
	floodRows = indexRows / 10
)

// follow wakes the indexer. newest is the id of the post committed last.
func (ix *index) follow(newest int64) {
	ix.newest.Store(newest)
	signal(ix.more)
}

// forget asks the indexer to remove deleted posts. Those that are still in the index when
// the daemon ends stay there: a search ignores them.
func (ix *index) forget(ids []int64) {
	ix.mu.Lock()
	ix.deleted = append(ix.deleted, ids...)
	ix.mu.Unlock()
	signal(ix.more)
}

// run is the indexer's goroutine.
func (ix *index) run() {
	for ix.ctx.Err() == nil {
		select {
		case <-ix.more: // this step does what it stands for
		case p := <-ix.purges:
			ix.answer(p)
		default:
		}
		began, newest := time.Now(), ix.newest.Load()
		full, err := ix.step()
		switch {
		case err != nil:
			ix.fail(err)
			ix.wait(indexPause)
		case !full:
			ix.recover()
			select {
			case <-ix.more:
				ix.wait(indexGather)
			case p := <-ix.purges:
				ix.answer(p)
			case <-ix.ctx.Done():
			}
		default:
			ix.wait(rest(time.Since(began), ix.newest.Load()-newest))
		}
	}
}

// rest returns how long to rest after a step of that duration, during which that many
// posts were committed.
func rest(step time.Duration, committed int64) time.Duration {
	if committed < floodRows {
		return 0
	}
	return indexRest * step
}

func (ix *index) wait(d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
	case <-ix.ctx.Done():
	}
}

// fail rebuilds an index that is damaged or missing. Any other error it logs, once until
// indexing works again.
func (ix *index) fail(err error) {
	if ix.ctx.Err() != nil {
		return
	}
	if ix.writer == nil || errors.Is(err, errIndexDamaged) {
		why := err
		if err = ix.rebuild(); err == nil {
			ix.log.Warn("search.db is made anew", "err", why)
			return
		}
	}
	if !ix.failing {
		ix.log.Error("posts cannot be indexed; a search looks through them", "err", err)
	}
	ix.failing = true
}

// recover logs the end of what fail has logged.
func (ix *index) recover() {
	if ix.failing {
		ix.log.Info("posts are indexed again")
	}
	ix.failing = false
}

var errIndexDamaged = errors.New("search.db is damaged")

// ofIndex marks an error of search.db as errIndexDamaged if it says so.
func ofIndex(err error) error {
	if db.IsCorrupt(err) {
		return fmt.Errorf("%w: %w", errIndexDamaged, err)
	}
	return err
}

// reportDamage asks the indexer to rebuild the index if an error of a search says that it
// is damaged.
func (ix *index) reportDamage(err error) {
	if errors.Is(err, errIndexDamaged) {
		ix.damaged.Store(true)
		signal(ix.more)
	}
}

// step indexes the next posts, and removes deleted ones. It reports whether there is
// probably more to do.
func (ix *index) step() (full bool, err error) {
	switch {
	case ix.writer == nil:
		return false, errNoIndex
	case ix.damaged.Load():
		return false, errIndexDamaged
	case ix.full():
		return false, history.ErrFull
	}
	next, err := ix.next(ix.upto.Load())
	deleted := ix.removable()
	if err != nil || len(next) == 0 && len(deleted) == 0 {
		return false, err
	}
	if err := ix.writer.Transact(func() error { return writeWords(ix.ctx, ix.writer, next, deleted) }); err != nil {
		return false, ofIndex(err)
	}
	ix.removed(deleted)
	if len(next) > 0 {
		ix.upto.Store(next[len(next)-1].id)
	}
	return len(next) == indexRows || len(deleted) == indexRows, nil
}

// A wordsRow is a post to be indexed.
type wordsRow struct {
	id, room, sum int64
	nick, text    string
}

// next returns the posts that come after that id.
func (ix *index) next(id int64) (next []wordsRow, err error) {
	err = ix.chat.Use(ix.ctx, func(c *db.Conn) error {
		return c.Each("SELECT id, room, sum, nick, text FROM post WHERE id > ? ORDER BY id LIMIT ?", func(row *db.Row) error {
			var r wordsRow
			err := row.Scan(&r.id, &r.room, &r.sum, &r.nick, &r.text)
			next = append(next, r)
			return err
		}, id, indexRows)
	})
	return next, err
}

// removable returns the deleted posts that one step removes, indexed or not: one that is
// not will never be.
func (ix *index) removable() []int64 {
	ix.mu.Lock()
	defer ix.mu.Unlock()
	return slices.Clone(ix.deleted[:min(len(ix.deleted), indexRows)])
}

// unremoved returns how many deleted posts are still indexed.
func (ix *index) unremoved() int64 {
	ix.mu.Lock()
	defer ix.mu.Unlock()
	return int64(len(ix.deleted))
}

// removed notes that posts are no longer indexed.
func (ix *index) removed(deleted []int64) {
	ix.mu.Lock()
	defer ix.mu.Unlock()
	if ix.deleted = ix.deleted[len(deleted):]; len(ix.deleted) == 0 {
		ix.deleted = nil
	}
}

// writeWords indexes posts, and removes others.
func writeWords(ctx context.Context, c *db.Conn, next []wordsRow, deleted []int64) error {
	for _, r := range next {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		err := c.Exec("INSERT INTO words (rowid, nick, text) VALUES (?, ?, ?)", r.id, nickTerm(r.room, history.FoldNick(r.nick)), textTerm(r.room, history.Words(r.text)))
		if err != nil {
			return err
		}
	}
	for _, id := range deleted {
		if err := c.Exec("DELETE FROM words WHERE rowid = ?", id); err != nil {
			return err
		}
	}
	if len(next) == 0 {
		return nil
	}
	last := next[len(next)-1]
	return c.Exec("UPDATE meta SET value = CASE key WHEN 'upto' THEN ? ELSE ? END WHERE key IN ('upto', 'sum')", last.id, last.sum)
}

// textTerm returns the words of a room as they are indexed, each prefixed with the room,
// so that a search reads only its own room's entries.
func textTerm(room int64, words []string) string {
	prefix := strconv.FormatInt(room, 10) + "x"
	return prefix + strings.Join(words, " "+prefix)
}

// nickTerm returns the fold of a nick likewise, as one word.
func nickTerm(room int64, fold string) string {
	return textTerm(room, []string{hex.EncodeToString([]byte(fold))})
}
