package sqlite

import (
	"context"
	"errors"
	"fmt"
	"time"

	"linechat/chatd/internal/history/sqlite/internal/db"
)

// A purge is rooms of which nothing is to be left in search.db.
type purge struct {
	rooms  []int64
	answer chan error // has room for the answer
}

// purge has the indexer remove what search.db has of rooms whose posts are deleted, and
// waits for it.
func (ix *index) purge(ctx context.Context, rooms []int64) error {
	p := purge{rooms, make(chan error, 1)}
	select {
	case ix.purges <- p:
	case <-ctx.Done():
		return ctx.Err()
	}
	select {
	case err := <-p.answer:
		return err
	case <-ctx.Done():
		return ctx.Err()
	}
}

// answer carries a purge out, a second time if the index is damaged and was made anew.
func (ix *index) answer(p purge) {
	err := ix.carryOut(p.rooms)
	if errors.Is(err, errIndexDamaged) {
		ix.fail(err)
		err = ix.carryOut(p.rooms)
	}
	p.answer <- err
}

// carryOut removes what retention and the deletion of the rooms have left. FTS5 only marks
// what is deleted: the index is written anew without it, a piece at a time.
func (ix *index) carryOut(rooms []int64) error {
	if ix.writer == nil {
		return errNoIndex
	}
	ids, err := ix.left(rooms)
	if err != nil {
		return ofIndex(err)
	}
	ix.forget(ids)
	err = ix.paced(func() (bool, error) {
		_, err := ix.step()
		return ix.unremoved() > 0, err
	})
	if err == nil {
		err = ix.paced(ix.merge)
	}
	if err == nil {
		err = ix.erase()
	}
	return ofIndex(err)
}

// left returns the posts of rooms that are still indexed. Each has its nick there.
func (ix *index) left(rooms []int64) (ids []int64, err error) {
	for _, room := range rooms {
		err := ix.writer.Each("SELECT rowid FROM words WHERE words MATCH ?", func(r *db.Row) error {
			var id int64
			err := r.Scan(&id)
			ids = append(ids, id)
			return err
		}, fmt.Sprintf(`nick : "%s" *`, nickTerm(room, "")))
		if err != nil {
			return nil, err
		}
	}
	return ids, nil
}

// mergePages is about how many pages of the index one transaction writes anew.
const mergePages = 64

// merge writes some more of the index anew, and reports whether there is more to do
// (SQLite, "FTS5 Extension", section 6.8).
func (ix *index) merge() (more bool, err error) {
	var before, after int64
	const changes = "SELECT total_changes()"
	err = ix.writer.Transact(func() error {
		if err := ix.writer.One(changes).Scan(&before); err != nil {
			return err
		}
		if err := ix.writer.Exec("INSERT INTO words (words, rank) VALUES ('merge', ?)", -mergePages); err != nil {
			return err
		}
		return ix.writer.One(changes).Scan(&after)
	})
	return after-before >= 2, err
}

// paced calls step until there is no more to do, and rests in a flood.
func (ix *index) paced(step func() (more bool, err error)) error {
	for ix.ctx.Err() == nil {
		began, newest := time.Now(), ix.newest.Load()
		more, err := step()
		if err != nil || !more {
			return err
		}
		ix.wait(rest(time.Since(began), ix.newest.Load()-newest))
	}
	return ix.ctx.Err()
}

var errNoIndex = errors.New("there is no index")
