package sqlite

import (
	"database/sql"
	"encoding/hex"
	"errors"
	"slices"
	"strconv"
	"strings"
	"time"

	"linechat/chatd/internal/history"
)

const (
	indexRows   = 500                    // posts that are indexed in one transaction
	indexPause  = time.Second            // after a failure
	indexGather = 200 * time.Millisecond // for further posts, to be indexed together
	// While posts come in, the indexer rests so many times as long as it works: it
	// may fall behind, and the search looks through what it has not come to.
	indexRest = 9
)

// follow says that there may be something to do.
func (ix *index) follow() {
	select {
	case ix.more <- struct{}{}:
	default:
	}
}

// forget has posts taken out of the index. Those that are forgotten when the
// daemon ends before it is done stay in it: a search passes over them.
func (ix *index) forget(ids []int64) {
	ix.mu.Lock()
	ix.gone = append(ix.gone, ids...)
	ix.mu.Unlock()
	ix.follow()
}

// run is the indexer.
func (ix *index) run() {
	for ix.ctx.Err() == nil {
		began := time.Now()
		full, err := ix.step()
		switch {
		case err != nil:
			ix.fail(err)
		case !full:
			select {
			case <-ix.more:
				ix.wait(indexGather)
			case <-ix.ctx.Done():
			}
		case len(ix.more) > 0: // posts come in
			ix.wait(indexRest * time.Since(began))
		}
	}
}

func (ix *index) wait(d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
	case <-ix.ctx.Done():
	}
}

// fail makes a damaged index anew; after another error it waits.
func (ix *index) fail(err error) {
	if ix.ctx.Err() != nil {
		return
	}
	ix.log.Error("posts cannot be indexed; a search looks through them", "err", err)
	if c := code(err); c == sqliteCorrupt || c == sqliteNotADB {
		if err := ix.renew(); err != nil {
			ix.log.Error("the index cannot be made anew", "err", err)
		}
	}
	ix.wait(indexPause)
}

// step indexes the posts that come next, and takes out those that are gone. It
// reports whether there is likely more to do.
func (ix *index) step() (full bool, err error) {
	db := ix.db.Load()
	if db == nil {
		return false, errors.New("there is no index")
	}
	if ix.full() {
		return false, history.ErrFull
	}
	upto := ix.upto.Load()
	next, err := ix.next(upto)
	gone := ix.dropped(upto)
	if err != nil || len(next) == 0 && len(gone) == 0 {
		return false, err
	}
	conn, err := db.Conn(ix.ctx)
	if err != nil {
		return false, err
	}
	defer conn.Close()
	if err := transact(ix.ctx, rawConn{conn}, func() error { return ix.write(conn, next, gone) }); err != nil {
		return false, err
	}
	ix.settle(gone)
	if len(next) > 0 {
		ix.upto.Store(next[len(next)-1].id)
	}
	return len(next) == indexRows || len(gone) == indexRows, nil
}

// A wordsRow is what is indexed of a post.
type wordsRow struct {
	id, room, sum int64
	nick, text    string
}

// next returns the posts that come behind that id.
func (ix *index) next(id int64) ([]wordsRow, error) {
	rows, err := ix.chat.query(ix.ctx, "SELECT id, room, sum, nick, text FROM post WHERE id > ? ORDER BY id LIMIT ?", id, indexRows)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var next []wordsRow
	for rows.Next() {
		var r wordsRow
		if err := rows.Scan(&r.id, &r.room, &r.sum, &r.nick, &r.text); err != nil {
			return nil, err
		}
		next = append(next, r)
	}
	return next, rows.Err()
}

// dropped returns the posts that are gone, as far as they are indexed.
func (ix *index) dropped(upto int64) []int64 {
	ix.mu.Lock()
	defer ix.mu.Unlock()
	n := 0
	for n < len(ix.gone) && n < indexRows && ix.gone[n] <= upto {
		n++
	}
	return slices.Clone(ix.gone[:n])
}

// settle notes that posts are taken out.
func (ix *index) settle(gone []int64) {
	ix.mu.Lock()
	defer ix.mu.Unlock()
	if ix.gone = ix.gone[len(gone):]; len(ix.gone) == 0 {
		ix.gone = nil
	}
}

func (ix *index) write(conn *sql.Conn, next []wordsRow, gone []int64) error {
	insert, err := conn.PrepareContext(ix.ctx, "INSERT INTO words (rowid, room, nick, text) VALUES (?, ?, ?, ?)")
	if err != nil {
		return err
	}
	defer insert.Close()
	for _, r := range next {
		if _, err := insert.ExecContext(ix.ctx, r.id, roomWord(r.room), nickWord(history.FoldNick(r.nick)), strings.Join(history.Words(r.text), " ")); err != nil {
			return err
		}
	}
	for _, id := range gone {
		if _, err := conn.ExecContext(ix.ctx, "DELETE FROM words WHERE rowid = ?", id); err != nil {
			return err
		}
	}
	if len(next) == 0 {
		return nil
	}
	last := next[len(next)-1]
	_, err = conn.ExecContext(ix.ctx, "UPDATE meta SET value = CASE key WHEN 'upto' THEN ? ELSE ? END WHERE key IN ('upto', 'sum')", last.id, last.sum)
	return err
}

// roomWord and nickWord are a room and the fold of a nick as one word each.
func roomWord(room int64) string { return strconv.FormatInt(room, 10) }

func nickWord(fold string) string { return hex.EncodeToString([]byte(fold)) }
