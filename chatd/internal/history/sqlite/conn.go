package sqlite

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"fmt"
	"net/url"

	sqlite "modernc.org/sqlite"
	lib "modernc.org/sqlite/lib"
)

// The primary result codes of SQLite that are told apart.
const (
	sqliteFull     = lib.SQLITE_FULL
	sqliteCorrupt  = lib.SQLITE_CORRUPT
	sqliteNotADB   = lib.SQLITE_NOTADB
	sqliteReadOnly = lib.SQLITE_READONLY
)

// synchronous is how the committer syncs. Only FULL keeps what was
// acknowledged through a power cut; the fault tests build with another value
// (go build -ldflags -X) to see that they notice.
var synchronous = "FULL"

// levels is what a pragma answers that was set to these.
var levels = map[string]int64{"OFF": 0, "NORMAL": 1, "FULL": 2}

// pragmas are set on a connection when it is opened.
type pragmas []string

// busyTimeout comes before every other pragma: some of them read the file, which
// another process may just be recovering after a crash.
const busyTimeout = "PRAGMA busy_timeout=5000"

var (
	commonPragmas = pragmas{
		"PRAGMA temp_store=MEMORY",
		"PRAGMA trusted_schema=OFF",
	}
	writerPragmas = append(pragmas{
		"PRAGMA cache_size=-32768",
		"PRAGMA wal_autocheckpoint=0", // the committer does it, when it has answered
		"PRAGMA journal_size_limit=67108864",
	}, commonPragmas...)
	indexPragmas  = append(pragmas{"PRAGMA synchronous=NORMAL"}, commonPragmas...)
	readerPragmas = append(pragmas{"PRAGMA cache_size=-8192", "PRAGMA query_only=ON"}, commonPragmas...)
)

// A connector opens connections with their pragmas set.
type connector struct {
	driver.Connector
	pragmas pragmas
}

// Connect implements driver.Connector.
func (c connector) Connect(ctx context.Context) (driver.Conn, error) {
	conn, err := c.Connector.Connect(ctx)
	if err != nil {
		return nil, err
	}
	for _, p := range append(pragmas{busyTimeout}, c.pragmas...) {
		if _, err := conn.(driver.ExecerContext).ExecContext(ctx, p, nil); err != nil {
			_ = conn.Close()
			return nil, err
		}
	}
	return conn, nil
}

// openDB opens a file with these pragmas on each connection.
func openDB(path string, p pragmas) *sql.DB {
	// The driver takes everything behind a ? for its own: it is escaped.
	inner, err := sqlite.NewConnector("file:" + (&url.URL{Path: path}).EscapedPath())
	if err != nil {
		panic(err) // of a name without parameters there is nothing to refuse
	}
	return sql.OpenDB(connector{inner, p})
}

// ask returns the one number or word that a pragma answers.
func ask[T any](ctx context.Context, conn *sql.Conn, pragma string) (answer T, err error) {
	err = conn.QueryRowContext(ctx, "PRAGMA "+pragma).Scan(&answer)
	return answer, err
}

// makeDurable has a connection sync what it commits, in WAL mode, and sees that
// it does.
func makeDurable(ctx context.Context, conn *sql.Conn, level string) error {
	mode, err := ask[string](ctx, conn, "journal_mode=WAL")
	if err != nil {
		return err
	}
	if _, err := conn.ExecContext(ctx, "PRAGMA synchronous="+level); err != nil {
		return err
	}
	got, err := ask[int64](ctx, conn, "synchronous")
	if err != nil {
		return err
	}
	if mode != "wal" || got != levels[level] {
		return fmt.Errorf("sqlite: journal_mode is %s and synchronous %d, not wal and %s", mode, got, level)
	}
	return nil
}
