package sqlite

import (
	"context"
	"database/sql"
	"math"
)

// A sweep reads rows in the order of a key, and around what cannot be read.
type sweep struct {
	query    string // its first parameter is the least key
	args     []any  // the others
	from, to int64  // the keys there may be, both included
	// row takes a row, and lost the keys at which SQLite fails. Their errors end
	// the sweep.
	row  func(scanner) (key int64, err error)
	lost func(from, to int64, why error) error
}

// lastKey is beyond all keys that are in use.
const lastKey = math.MaxInt64 - 1

// run reads the rows.
func (w *sweep) run(ctx context.Context, s *snapshot) error {
	stmt, err := s.conn.PrepareContext(ctx, w.query)
	if err != nil {
		return err
	}
	defer stmt.Close()
	for next := w.from; next <= w.to; {
		failed, rowErr, why := w.stretch(ctx, stmt, next)
		switch {
		case rowErr != nil:
			return rowErr
		case !unreadable(why):
			return why
		case failed > w.to: // where SQLite goes to see that there is no more
			return nil
		}
		if next, err = w.behind(ctx, stmt, failed); err != nil {
			return err
		}
		if err := w.lost(failed, next-1, why); err != nil {
			return err
		}
	}
	return nil
}

// stretch reads rows from a key on. It returns the key at which SQLite fails, and
// why; or an error of row.
func (w *sweep) stretch(ctx context.Context, stmt *sql.Stmt, from int64) (failed int64, rowErr, why error) {
	rows, err := stmt.QueryContext(ctx, append([]any{from}, w.args...)...)
	if err != nil {
		return from, nil, err
	}
	defer rows.Close()
	for failed = from; rows.Next(); {
		key, err := w.row(rows)
		if err != nil {
			return failed, err, nil
		}
		failed = max(failed, key+1)
	}
	return failed, nil, rows.Err()
}

// behind returns the least key behind one that failed at which SQLite does not
// fail, or to+1. Damage is in pages, of some hundred keys or, where the page leads
// to others, some ten thousand: the further it has come, the wider are its steps,
// and the last of them it then goes one by one.
func (w *sweep) behind(ctx context.Context, stmt *sql.Stmt, first int64) (good int64, err error) {
	good = w.to + 1
	for failed, step := first, int64(1); failed+1 < good; {
		key := failed + min(step, good-1-failed)
		err := w.probe(ctx, stmt, key)
		switch {
		case err == nil:
			good, step = key, 1
		case !unreadable(err):
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
func (w *sweep) probe(ctx context.Context, stmt *sql.Stmt, key int64) error {
	rows, err := stmt.QueryContext(ctx, append([]any{key}, w.args...)...)
	if err != nil {
		return err
	}
	defer rows.Close()
	rows.Next()
	return rows.Err()
}
