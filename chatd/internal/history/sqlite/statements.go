package sqlite

import (
	"context"
	"database/sql"
	"sync"
)

// A statements prepares each query once, for parsing a short one takes longer
// than running it. Any goroutine may use it that may use what it prepares on.
type statements struct {
	on interface {
		PrepareContext(ctx context.Context, query string) (*sql.Stmt, error)
	}
	of sync.Map // *sql.Stmt by query
}

func (s *statements) get(ctx context.Context, query string) (*sql.Stmt, error) {
	if stmt, ok := s.of.Load(query); ok {
		return stmt.(*sql.Stmt), nil
	}
	stmt, err := s.on.PrepareContext(ctx, query)
	if err != nil {
		return nil, err
	}
	if other, ok := s.of.LoadOrStore(query, stmt); ok {
		_ = stmt.Close()
		return other.(*sql.Stmt), nil
	}
	return stmt, nil
}

func (s *statements) exec(ctx context.Context, query string, args ...any) error {
	stmt, err := s.get(ctx, query)
	if err == nil {
		_, err = stmt.ExecContext(ctx, args...)
	}
	return err
}

func (s *statements) query(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	stmt, err := s.get(ctx, query)
	if err != nil {
		return nil, err
	}
	return stmt.QueryContext(ctx, args...)
}

func (s *statements) row(ctx context.Context, query string, args ...any) scanner {
	stmt, err := s.get(ctx, query)
	if err != nil {
		return noRow{err}
	}
	return stmt.QueryRowContext(ctx, args...)
}

// A noRow is the row of a query that could not be prepared.
type noRow struct{ error }

// Scan implements scanner.
func (r noRow) Scan(...any) error { return r.error }

// closeAll closes every statement: while one is open SQLite keeps its
// connection.
func (s *statements) closeAll() {
	s.of.Range(func(query, stmt any) bool {
		_ = stmt.(*sql.Stmt).Close()
		s.of.Delete(query)
		return true
	})
}

// A reader is connections to chat.db that do not write.
type reader struct {
	*sql.DB
	statements
}

// newReader returns as many connections as most.
func newReader(path string, most int) *reader {
	r := &reader{DB: openDB(path, readerPragmas)}
	r.SetMaxOpenConns(most)
	r.SetMaxIdleConns(most)
	r.on = r.DB
	return r
}

func (r *reader) close() error {
	r.closeAll()
	return r.DB.Close()
}
