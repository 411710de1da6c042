package db_test

import (
	"context"
	"errors"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"linechat/chatd/internal/history/sqlite/internal/db"
)

// TestConnectionThatDoesNotSyncIsRefused has a connection that does not do as it is
// told, and one that has no WAL.
func TestConnectionThatDoesNotSyncIsRefused(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "some.db")
	open(t, path)
	deaf := func(query string, _ []any, run func() error) error {
		if strings.HasPrefix(query, "PRAGMA synchronous=") {
			return nil
		}
		return run()
	}
	for name, test := range map[string]struct {
		path   string
		around db.Around
		want   string
	}{
		"deaf":   {path, deaf, "synchronous 2, not wal and 1"},
		"no WAL": {":memory:", nil, "journal_mode is memory"},
	} {
		c, err := db.Open(test.path, db.Options{Around: test.around})
		if err != nil {
			t.Fatal(err)
		}
		if err := c.UseWAL(db.Normal); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: %v, want %q", name, err, test.want)
		}
		if err := c.Close(); err != nil {
			t.Error(err)
		}
	}
	c := open(t, path)
	for _, level := range []db.Sync{db.Normal, db.Full} {
		if err := c.UseWAL(level); err != nil || number(t, c, "PRAGMA synchronous") != int64(level) {
			t.Errorf("level %d: %v, and it is %d", level, err, number(t, c, "PRAGMA synchronous"))
		}
		if full := number(t, c, "PRAGMA fullfsync"); full == 1 != (level == db.Full) {
			t.Errorf("level %d: fullfsync is %d", level, full)
		}
	}
}

func TestValuesAreOfTheirKind(t *testing.T) {
	t.Parallel()
	c := open(t, filepath.Join(t.TempDir(), "some.db"))
	var n int64
	var u uint64
	var i int
	var s string
	if err := c.One("SELECT ?, ?, ?, ?", int64(-1), 7, nil, "a\x00é").Scan(&n, &u, &i, &s); err != nil || n != -1 || u != 7 || i != 0 || s != "a\x00é" {
		t.Errorf("%d %d %d %q, %v", n, u, i, s, err)
	}
	for query, into := range map[string]any{
		"SELECT 'x'": &n, "SELECT -1": &u, "SELECT 1.5": &i, "SELECT x'00'": &s, "SELECT 1": &s,
	} {
		if err := c.One(query).Scan(into); !errors.Is(err, db.ErrDamaged) {
			t.Errorf("%s into a %T: %v, want ErrDamaged", query, into, err)
		}
	}
	if err := c.One("SELECT 1 WHERE 0").Scan(&n); !errors.Is(err, db.ErrNoRow) {
		t.Errorf("no row: %v, want ErrNoRow", err)
	}
	if err := c.Exec("SELEC"); !db.IsSQLite(err) || db.IsCorrupt(err) || !strings.HasPrefix(err.Error(), `SQL logic error: near "SELEC"`) {
		t.Errorf("no SQL: %v", err)
	}
}

// endless is a query that does not end by itself.
const endless = "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i FROM n"

// TestQueriesEndWithTheirContext has a query run until its context ends, and the
// connection be of use after that.
func TestQueriesEndWithTheirContext(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "some.db")
	open(t, path)
	pool, err := db.OpenPool(path, 1, db.Options{})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	err = pool.Use(ctx, func(c *db.Conn) error {
		return c.Each(endless, func(*db.Row) error { cancel(); return nil })
	})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
	if err := pool.Use(t.Context(), func(c *db.Conn) error { return c.Exec("SELECT 1") }); err != nil {
		t.Errorf("afterwards: %v", err)
	}
	if err := pool.Close(); err != nil {
		t.Error(err)
	}
	if err := pool.Use(t.Context(), func(*db.Conn) error { return nil }); err == nil {
		t.Error("a pool that is closed is of use")
	}
}

// TestPoolOutlastsPanics has a use panic, as a defect in a session does, which ends the
// session alone: the connection goes back to the pool.
func TestPoolOutlastsPanics(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "some.db")
	open(t, path)
	pool, err := db.OpenPool(path, 1, db.Options{})
	if err != nil {
		t.Fatal(err)
	}
	func() {
		defer func() { _ = recover() }()
		_ = pool.Use(t.Context(), func(*db.Conn) error { panic("a defect") })
	}()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute) // where it fails it would hang
	defer cancel()
	if err := pool.Use(ctx, func(c *db.Conn) error { return c.Exec("SELECT 1") }); err != nil {
		t.Errorf("afterwards: %v", err)
	}
	if err := pool.Close(); err != nil {
		t.Error(err)
	}
}
