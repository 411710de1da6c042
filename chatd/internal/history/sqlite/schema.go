package sqlite

import (
	"context"
	"database/sql"
	"fmt"
)

// A schema is what a kind of file holds. A file is brought up to date by the
// steps that it has not seen, as many as its user_version says.
type schema struct {
	application int64 // the file's application_id
	steps       []string
}

// chatSchema is that of chat.db.
//
// A room's numbers first … are kept; where none is, the last number was first-1,
// made at last. Sums are CRC-32C over a row's other fields (sum.go): SQLite
// itself does not notice when a disk changes what it has written.
var chatSchema = schema{application: 0x63686174, steps: []string{`
CREATE TABLE meta (key TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE room (
	id       INTEGER PRIMARY KEY,
	fold     TEXT    NOT NULL UNIQUE,
	look     TEXT    NOT NULL UNIQUE,
	shown    TEXT    NOT NULL,
	topic    TEXT    NOT NULL,
	topic_by TEXT    NOT NULL,
	maker    TEXT    NOT NULL,
	made     INTEGER NOT NULL, -- times are Unix nanoseconds
	first    INTEGER NOT NULL,
	last     INTEGER NOT NULL,
	sum      INTEGER NOT NULL
);
CREATE TABLE post (
	id   INTEGER PRIMARY KEY, -- in the order of commits over all rooms; never used again
	room INTEGER NOT NULL,
	seq  INTEGER NOT NULL,
	time INTEGER NOT NULL,
	kind TEXT    NOT NULL,
	nick TEXT    NOT NULL,
	text TEXT    NOT NULL,
	once TEXT,
	sum  INTEGER NOT NULL,
	UNIQUE (room, seq)
);
`}}

// version returns how many of the steps a file has seen. What a newer chatd or
// another program wrote is refused.
func (s *schema) version(ctx context.Context, conn *sql.Conn) (int64, error) {
	application, err := ask[int64](ctx, conn, "application_id")
	if err != nil {
		return 0, err
	}
	version, err := ask[int64](ctx, conn, "user_version")
	if err != nil {
		return 0, err
	}
	tables, err := countTables(ctx, conn)
	if err != nil {
		return 0, err
	}
	switch {
	case application == 0 && version == 0 && tables == 0:
	case application != s.application:
		return 0, fmt.Errorf("another program wrote this (application_id %#x)", application)
	case version > int64(len(s.steps)):
		return 0, fmt.Errorf("a newer chatd wrote this (schema %d, and this one knows up to %d); use that one, or restore a backup", version, len(s.steps))
	}
	return version, nil
}

// migrate brings a file up to date, or makes it.
func (s *schema) migrate(ctx context.Context, conn *sql.Conn) error {
	version, err := s.version(ctx, conn)
	if err != nil || version == int64(len(s.steps)) {
		return err
	}
	return transact(ctx, rawConn{conn}, func() error {
		for _, step := range s.steps[version:] {
			if _, err := conn.ExecContext(ctx, step); err != nil {
				return err
			}
		}
		_, err := conn.ExecContext(ctx, fmt.Sprintf("PRAGMA application_id=%d; PRAGMA user_version=%d", s.application, len(s.steps)))
		return err
	})
}

func countTables(ctx context.Context, conn *sql.Conn) (n int, err error) {
	err = conn.QueryRowContext(ctx, "SELECT count(*) FROM sqlite_schema").Scan(&n)
	return n, err
}

// An execer is a connection on which a transaction can be made.
type execer interface {
	exec(ctx context.Context, query string, args ...any) error
}

type rawConn struct{ *sql.Conn }

func (c rawConn) exec(ctx context.Context, query string, args ...any) error {
	_, err := c.ExecContext(ctx, query, args...)
	return err
}

// transact has what f writes on conn committed, or, when f or the commit fails,
// not.
func transact(ctx context.Context, conn execer, f func() error) error {
	if err := conn.exec(ctx, "BEGIN IMMEDIATE"); err != nil {
		return err
	}
	err := f()
	if err == nil {
		if err = conn.exec(ctx, "COMMIT"); err == nil {
			return nil
		}
		err = &commitError{err}
	}
	// It fails when SQLite has rolled back already.
	_ = conn.exec(context.WithoutCancel(ctx), "ROLLBACK")
	return err
}

// A commitError is that of a COMMIT: what it was to write may be on the disk.
type commitError struct{ error }

// Unwrap returns what SQLite said.
func (e *commitError) Unwrap() error { return e.error }
