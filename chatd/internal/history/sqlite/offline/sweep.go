package offline

import (
	"errors"
	"math"

	"linechat/chatd/internal/history/sqlite/internal/db"
)

// A sweep reads rows in the order of a key, and around what cannot be read.
type sweep struct {
	query    string // its first parameter is the least key
	args     []any  // the others
	from, to int64  // the keys there may be, both included
	// row takes a row, and lost the keys at which SQLite fails. Their errors end
	// the sweep.
	row  func(db.Scanner) (key int64, err error)
	lost func(from, to int64, why error) error
}

// lastKey is beyond all keys that are in use.
const lastKey = math.MaxInt64 - 1

// run reads the rows.
func (w *sweep) run(s *snapshot) error {
	for next := w.from; next <= w.to; {
		failed, rowErr, why := w.readFrom(s, next)
		switch {
		case rowErr != nil:
			return rowErr
		case !db.IsUnreadable(why):
			return why
		case failed > w.to: // where SQLite goes to see that there is no more
			return nil
		}
		var err error
		if next, err = w.after(s, failed); err != nil {
			return err
		}
		if err := w.lost(failed, next-1, why); err != nil {
			return err
		}
	}
	return nil
}

// readFrom reads rows from a key on. It returns the key at which SQLite fails, and
// why; or an error of row.
func (w *sweep) readFrom(s *snapshot, from int64) (failed int64, rowErr, why error) {
	failed = from
	why = s.Each(w.query, func(r *db.Row) error {
		var key int64
		if key, rowErr = w.row(r); rowErr != nil {
			return db.ErrStop
		}
		failed = max(failed, key+1)
		return nil
	}, append([]any{from}, w.args...)...)
	return failed, rowErr, why
}

// after returns the least key after one that failed at which SQLite does not
// fail, or to+1. Damage is in pages, of some hundred keys or, where the page leads
// to others, some ten thousand: the further it has come, the wider are its steps,
// and the last of them it then goes one by one.
func (w *sweep) after(s *snapshot, first int64) (good int64, err error) {
	good = w.to + 1
	for failed, step := first, int64(1); failed+1 < good; {
		key := failed + min(step, good-1-failed)
		err := w.probe(s, key)
		switch {
		case err == nil:
			good, step = key, 1
		case !db.IsUnreadable(err):
			return 0, err
		case good > w.to:
			failed, step = key, 1+(key-first)/16
		default:
			failed = key
		}
	}
	return good, nil
}

// probe reads one row.
func (w *sweep) probe(s *snapshot, key int64) error {
	err := s.One(w.query, append([]any{key}, w.args...)...).Scan()
	if errors.Is(err, db.ErrNoRow) {
		return nil
	}
	return err
}
