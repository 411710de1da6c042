package sqlite

import (
	"cmp"
	"context"
	"database/sql"
)

// A sweep reads rows in the order of a key, and around what cannot be read.
type sweep struct {
	query    string // its first parameter is the least key
	args     []any  // the others
	from, to int64  // the keys there may be, both included
	// row takes a row, and lost keys at which SQLite fails. Their errors end the
	// sweep.
	row  func(scanner) (key int64, err error)
	lost func(from, to int64, why error) error

	err error // of row
}

// sweepTries is how many keys in a row a sweep looks for before it takes all that
// follows for lost. A damaged page holds some hundred keys; one that leads to
// others, some ten thousand.
const sweepTries = 1 << 16

// run reads the rows. Where SQLite fails it goes on at the next key, and so on
// until it is past the damage.
func (w *sweep) run(ctx context.Context, s *snapshot) error {
	stmt, err := s.conn.PrepareContext(ctx, w.query)
	if err != nil {
		return err
	}
	defer stmt.Close()
	gap, why := w.from, error(nil) // with why: the keys from gap on are lost
	for next := w.from; next <= w.to && (why == nil || next-gap < sweepTries); {
		reached, err := w.stretch(ctx, stmt, next)
		if why != nil && (reached > next || err == nil) {
			if err := w.lost(gap, next-1, why); err != nil {
				return err
			}
			why = nil
		}
		if w.err != nil || !unreadable(err) {
			return cmp.Or(w.err, err)
		}
		if why == nil {
			gap, why = reached, err
		}
		next = reached + 1
	}
	if why != nil {
		return w.lost(gap, w.to, why)
	}
	return nil
}

// stretch reads rows from a key on, and returns the key that it has reached.
func (w *sweep) stretch(ctx context.Context, stmt *sql.Stmt, from int64) (reached int64, err error) {
	reached = from
	rows, err := stmt.QueryContext(ctx, append([]any{from}, w.args...)...)
	if err != nil {
		return reached, err
	}
	defer rows.Close()
	for rows.Next() {
		var key int64
		if key, w.err = w.row(rows); w.err != nil {
			return reached, nil
		}
		reached = max(reached, key+1)
	}
	return reached, rows.Err()
}
