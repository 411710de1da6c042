package sqlite

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"net/url"
	"sync"

	sqlite "modernc.org/sqlite"
)

// A Tap sits between the store and SQLite: it notes what is asked, and can
// have a COMMIT end in an error although it is done.
type Tap struct {
	mu      sync.Mutex
	queries []Query
	tear    bool
}

// A Query is a statement and its arguments.
type Query struct {
	SQL  string
	Args []any
}

// TapReaders has tap see what is read from chat.db. Nothing may be under way.
func (s *Store) TapReaders(tap *Tap) {
	for _, r := range []**reader{&s.read, &s.seek} {
		_ = (*r).close()
		*r = &reader{DB: tap.openDB(s.writer.path, readerPragmas)}
		(*r).on = (*r).DB
	}
}

// TapWriter has tap see what the committer does, until that opens the file
// again.
func (s *Store) TapWriter(tap *Tap) error {
	return s.write(func(*tx) error {
		ctx := context.Background()
		w := &writer{path: s.writer.path, db: tap.openDB(s.writer.path, writerPragmas)}
		var err error
		if w.Conn, err = w.db.Conn(ctx); err != nil {
			return err
		}
		w.on = w.Conn
		old := s.writer
		s.writer = w
		s.wg.Go(func() { <-s.ctx.Done(); _ = old.close() })
		return errors.Join(makeDurable(ctx, w.Conn, synchronous), w.prepare(ctx))
	})
}

// Tear has the next COMMIT done, and answered with an error.
func (tap *Tap) Tear() {
	tap.mu.Lock()
	defer tap.mu.Unlock()
	tap.tear = true
}

// Queries returns what has been asked since the last call.
func (tap *Tap) Queries() []Query {
	tap.mu.Lock()
	defer tap.mu.Unlock()
	queries := tap.queries
	tap.queries = nil
	return queries
}

// note notes a statement, and reports whether an error is to be answered.
func (tap *Tap) note(query string, args []driver.NamedValue) bool {
	tap.mu.Lock()
	defer tap.mu.Unlock()
	q := Query{SQL: query}
	for _, a := range args {
		q.Args = append(q.Args, a.Value)
	}
	tap.queries = append(tap.queries, q)
	torn := tap.tear && query == "COMMIT"
	tap.tear = tap.tear && !torn
	return torn
}

func (tap *Tap) openDB(path string, p pragmas) *sql.DB {
	inner, err := sqlite.NewConnector("file:" + (&url.URL{Path: path}).EscapedPath())
	if err != nil {
		panic(err)
	}
	return sql.OpenDB(tapConnector{connector{inner, p}, tap})
}

type tapConnector struct {
	connector
	tap *Tap
}

func (c tapConnector) Connect(ctx context.Context) (driver.Conn, error) {
	conn, err := c.connector.Connect(ctx)
	if err != nil {
		return nil, err
	}
	return tapConn{conn.(sqliteConn), c.tap}, nil
}

// A sqliteConn is what a connection of the driver can do and the store needs.
type sqliteConn interface {
	driver.Conn
	driver.ConnPrepareContext
	driver.ExecerContext
	driver.QueryerContext
	driver.SessionResetter
	driver.Validator
}

type tapConn struct {
	sqliteConn
	tap *Tap
}

func (c tapConn) ExecContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Result, error) {
	c.tap.note(query, args)
	return c.sqliteConn.ExecContext(ctx, query, args)
}

func (c tapConn) QueryContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Rows, error) {
	c.tap.note(query, args)
	return c.sqliteConn.QueryContext(ctx, query, args)
}

func (c tapConn) PrepareContext(ctx context.Context, query string) (driver.Stmt, error) {
	stmt, err := c.sqliteConn.PrepareContext(ctx, query)
	if err != nil {
		return nil, err
	}
	return tapStmt{stmt.(sqliteStmt), query, c.tap}, nil
}

type sqliteStmt interface {
	driver.Stmt
	driver.StmtExecContext
	driver.StmtQueryContext
}

type tapStmt struct {
	sqliteStmt
	query string
	tap   *Tap
}

func (s tapStmt) ExecContext(ctx context.Context, args []driver.NamedValue) (driver.Result, error) {
	torn := s.tap.note(s.query, args)
	res, err := s.sqliteStmt.ExecContext(ctx, args)
	if torn && err == nil {
		err = errors.New("torn")
	}
	return res, err
}

func (s tapStmt) QueryContext(ctx context.Context, args []driver.NamedValue) (driver.Rows, error) {
	s.tap.note(s.query, args)
	return s.sqliteStmt.QueryContext(ctx, args)
}
