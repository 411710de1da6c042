// Package db opens, reads and writes the files of the store. Only conn.go knows which
// SQLite library that takes.
package db

import (
	"context"
	"errors"
	"fmt"
	"math"
	"sync"
	"time"

	driver "modernc.org/sqlite"
	"zombiezen.com/go/sqlite"
	"zombiezen.com/go/sqlite/sqlitex"
)

// busyTimeout is how long a statement, from the first one on, waits for another process
// that has locked the file, as one does that recovers it after a crash.
const busyTimeout = 5 * time.Second

// Errors of a query beside those of SQLite.
var (
	// ErrDamaged: what the file says cannot be.
	ErrDamaged = errors.New("the file is damaged; chatd check says where")
	// ErrNoRow: a query for one row selects none.
	ErrNoRow = errors.New("no such row")
	// ErrStop ends Each early; Each returns nil then.
	ErrStop = errors.New("stop")
)

// Options are how a file is opened.
type Options struct {
	ReadOnly bool
	Pragmas  []string // set on each connection, in this order
	Around   Around   // nil in all but tests
}

// An Around runs in place of a statement, and calls run to have it executed.
type Around func(query string, args []any, run func() error) error

// A Conn is a connection to a file. One goroutine at a time may use it.
type Conn struct {
	raw    *sqlite.Conn
	around Around
}

// Open opens a file that is there.
func Open(path string, o Options) (*Conn, error) {
	// fdatasync is as durable as fsync, and leaves out metadata that reading does not
	// need. On systems without it SQLite calls what they have.
	if _, err := driver.Fdatasync(true); err != nil && !errors.Is(err, driver.ErrFdatasyncUnavailable) {
		return nil, err
	}
	raw, err := sqlite.OpenConn(path, o.flags())
	if err != nil {
		return nil, wrap(err)
	}
	if err := o.prepare(raw); err != nil {
		return nil, errors.Join(err, raw.Close())
	}
	return &Conn{raw, o.Around}, nil
}

func (o *Options) flags() sqlite.OpenFlags {
	if o.ReadOnly {
		return sqlite.OpenReadOnly
	}
	return sqlite.OpenReadWrite
}

func (o *Options) prepare(raw *sqlite.Conn) error {
	raw.SetBusyTimeout(busyTimeout)
	for _, p := range o.Pragmas {
		if err := sqlitex.ExecuteTransient(raw, "PRAGMA "+p, nil); err != nil {
			return wrap(err)
		}
	}
	return nil
}

// Close closes the connection.
func (c *Conn) Close() error { return wrap(c.raw.Close()) }

// SetContext interrupts statements when ctx ends. It replaces the ctx of an earlier call.
func (c *Conn) SetContext(ctx context.Context) { c.raw.SetInterrupt(ctx.Done()) }

// Exec executes a statement.
func (c *Conn) Exec(query string, args ...any) error { return c.Each(query, nil, args...) }

// ExecScript executes several statements, all or none of them.
func (c *Conn) ExecScript(queries string) error {
	return wrap(sqlitex.ExecuteScript(c.raw, queries, nil))
}

// Each executes a statement, and calls use with each row that it returns. An error
// of use ends it. use must not execute the same query on c.
func (c *Conn) Each(query string, use func(*Row) error, args ...any) error {
	if c.around == nil {
		return c.each(query, use, args)
	}
	return c.around(query, args, func() error { return c.each(query, use, args) })
}

func (c *Conn) each(query string, use func(*Row) error, args []any) error {
	stmt, err := c.raw.Prepare(query)
	if err != nil {
		return wrap(err)
	}
	defer func() { _ = stmt.Reset() }() // which says again what Step has said
	for i, arg := range args {
		bind(stmt, i+1, arg)
	}
	row := Row{stmt}
	for {
		more, err := stmt.Step()
		if err != nil || !more {
			return wrap(err)
		}
		if use == nil {
			continue
		}
		if err := use(&row); err != nil {
			if errors.Is(err, ErrStop) {
				return nil
			}
			return err
		}
	}
}

func bind(stmt *sqlite.Stmt, i int, arg any) {
	switch arg := arg.(type) {
	case nil:
		stmt.BindNull(i)
	case int:
		stmt.BindInt64(i, int64(arg))
	case int64:
		stmt.BindInt64(i, arg)
	case string:
		stmt.BindText(i, arg)
	case []byte:
		stmt.BindBytes(i, arg)
	default:
		panic(fmt.Sprintf("db: an argument is a %T", arg))
	}
}

// One returns a query for one row, which Scan executes.
func (c *Conn) One(query string, args ...any) Scanner { return &one{c, query, args} }

type one struct {
	conn  *Conn
	query string
	args  []any
}

// Scan implements Scanner. ErrNoRow.
func (o *one) Scan(into ...any) error {
	err := ErrNoRow
	failed := o.conn.Each(o.query, func(r *Row) error {
		err = r.Scan(into...)
		return ErrStop
	}, o.args...)
	if failed != nil {
		return failed
	}
	return err
}

// A Scanner is a row, or a query for one.
type Scanner interface {
	// Scan copies the columns to where into points: *int, *int64, *uint64, *string or *[]byte.
	// NULL is the zero value. ErrDamaged: a value is not of that kind; the others are
	// copied all the same.
	Scan(into ...any) error
}

// A Row is a row of a result. It is valid during the call of the function that Each
// passes it to.
type Row struct{ stmt *sqlite.Stmt }

// Scan implements Scanner.
func (r *Row) Scan(into ...any) (err error) {
	for i, to := range into {
		if !r.column(i, to) {
			err = fmt.Errorf("%w: a value is not of its kind", ErrDamaged)
		}
	}
	return err
}

// column copies one column, if its value is of that kind.
func (r *Row) column(i int, to any) (ok bool) {
	kind := r.stmt.ColumnType(i)
	switch to := to.(type) {
	case *string:
		*to = r.stmt.ColumnText(i)
		return kind == sqlite.TypeText || kind == sqlite.TypeNull
	case *[]byte:
		*to = make([]byte, r.stmt.ColumnLen(i))
		r.stmt.ColumnBytes(i, *to)
		return kind == sqlite.TypeBlob || kind == sqlite.TypeNull
	}
	n := r.stmt.ColumnInt64(i)
	ok = kind == sqlite.TypeInteger || kind == sqlite.TypeNull
	switch to := to.(type) {
	case *int64:
		*to = n
	case *int:
		*to = int(n)
	case *uint64:
		*to = uint64(n)
		ok = ok && n >= 0
	default:
		panic(fmt.Sprintf("db: a column is to be a %T", to))
	}
	return ok
}

// Signed returns the number of a post as one of SQLite's, at most its greatest.
func Signed(seq uint64) int64 { return int64(min(seq, math.MaxInt64)) }

// A Pool is a pool of connections that do not write. Any goroutine may use it.
type Pool struct {
	pool   *sqlitex.Pool
	around Around
	close  func() error // once
}

// OpenPool opens that many connections to a file.
func OpenPool(path string, size int, o Options) (*Pool, error) {
	pool, err := sqlitex.NewPool(path, sqlitex.PoolOptions{Flags: o.flags(), PoolSize: size, PrepareConn: o.prepare})
	if err != nil {
		return nil, wrap(err)
	}
	return &Pool{pool, o.Around, sync.OnceValue(pool.Close)}, nil
}

// Use waits for a connection and calls f with it. When ctx ends, the wait and the
// statements fail with an error that wraps ctx's.
func (p *Pool) Use(ctx context.Context, f func(*Conn) error) error {
	err := p.use(ctx, f)
	if err != nil && ctx.Err() != nil && !errors.Is(err, ctx.Err()) {
		err = fmt.Errorf("%w: %w", ctx.Err(), err)
	}
	return err
}

func (p *Pool) use(ctx context.Context, f func(*Conn) error) error {
	raw, err := p.pool.Take(ctx)
	if err != nil {
		return wrap(err)
	}
	defer p.pool.Put(raw)
	return f(&Conn{raw, p.around})
}

// Close interrupts what is under way, and closes the connections. It may be called
// again.
func (p *Pool) Close() error { return wrap(p.close()) }

// An Error is what SQLite answers.
type Error struct{ error }

// wrap returns an error of SQLite as an *Error, and any other as it is.
func wrap(err error) error {
	var is *Error
	if code := sqlite.ErrCode(err); code == sqlite.ResultOK || errors.As(err, &is) {
		return err
	}
	return &Error{err}
}

// Error returns SQLite's own message and code, without what the library adds.
func (e *Error) Error() string {
	inner := e.error
	for next := errors.Unwrap(inner); next != nil; next = errors.Unwrap(inner) {
		inner = next
	}
	return fmt.Sprintf("%v (%d)", inner, int32(sqlite.ErrCode(e.error)))
}

// Unwrap implements errors.Unwrap.
func (e *Error) Unwrap() error { return e.error }

// is reports whether an error is one of SQLite's with one of these primary codes.
func is(err error, codes ...sqlite.ResultCode) bool {
	var e *Error
	if !errors.As(err, &e) {
		return false
	}
	for _, c := range codes {
		if sqlite.ErrCode(e.error).ToPrimary() == c {
			return true
		}
	}
	return false
}

// IsSQLite reports whether an error is one of SQLite's.
func IsSQLite(err error) bool {
	var e *Error
	return errors.As(err, &e)
}

// IsCorrupt reports whether the file is damaged, or no database.
func IsCorrupt(err error) bool { return is(err, sqlite.ResultCorrupt, sqlite.ResultNotADB) }

// IsConstraint reports whether a row contradicts another.
func IsConstraint(err error) bool { return is(err, sqlite.ResultConstraint) }

// IsUnreadable reports whether a part of the file cannot be read. Other parts may be
// readable.
func IsUnreadable(err error) bool { return IsCorrupt(err) || is(err, sqlite.ResultIOErr) }

// IsFull reports whether there is no space.
func IsFull(err error) bool { return is(err, sqlite.ResultFull) }

// IsReadOnly reports whether there is no right to write.
func IsReadOnly(err error) bool { return is(err, sqlite.ResultReadOnly) }

// IsNoAccess reports whether the file, or one beside it, cannot be opened.
func IsNoAccess(err error) bool { return is(err, sqlite.ResultReadOnly, sqlite.ResultCantOpen) }
