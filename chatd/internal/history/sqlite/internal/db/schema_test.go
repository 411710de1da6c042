package db_test

import (
	"errors"
	"path/filepath"
	"testing"

	"linechat/chatd/internal/history/sqlite/internal/db"
)

// open opens a file until the test ends, and makes it if there is none.
func open(t *testing.T, path string) *db.Conn {
	t.Helper()
	err := db.CreatePrivate(path)
	if err != nil {
		t.Fatal(err)
	}
	c, err := db.Open(path, db.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	return c
}

// number returns the one number that a query selects.
func number(t *testing.T, c *db.Conn, query string) (n int64) {
	t.Helper()
	if err := c.One(query).Scan(&n); err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	return n
}

// migrate brings a file up to date by steps.
func migrate(t *testing.T, path string, steps ...string) error {
	t.Helper()
	return (&db.Schema{Application: 77, Steps: steps}).Migrate(open(t, path))
}

func TestFileIsBroughtUpToDateStepByStep(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	path := filepath.Join(dir, "some.db")
	steps := []string{
		"CREATE TABLE t (n INTEGER); INSERT INTO t VALUES (1)",
		"INSERT INTO t VALUES (2)",
		"ALTER TABLE t ADD COLUMN m INTEGER DEFAULT 7; INSERT INTO t VALUES (3, 3)",
	}
	conn := open(t, path)
	for version, sum := range []int64{0, 1, 3, 6} {
		if version == 0 {
			continue
		}
		for range 2 {
			if err := migrate(t, path, steps[:version]...); err != nil {
				t.Fatal(err)
			}
		}
		if got := number(t, conn, "PRAGMA user_version"); got != int64(version) {
			t.Errorf("version is %d, want %d", got, version)
		}
		if got := number(t, conn, "SELECT sum(n) FROM t"); got != sum {
			t.Errorf("after %d steps the sum is %d, want %d", version, got, sum)
		}
	}
	if got := number(t, conn, "PRAGMA application_id"); got != 77 {
		t.Errorf("application_id is %d, want 77", got)
	}
}

func TestFailingStepLeavesTheFileAsItWas(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	path := filepath.Join(dir, "some.db")
	first := "CREATE TABLE t (n INTEGER); INSERT INTO t VALUES (1)"
	if err := migrate(t, path, first); err != nil {
		t.Fatal(err)
	}
	for _, steps := range [][]string{
		{first, "INSERT INTO t VALUES (2)", "INSERT INTO nowhere VALUES (3)"},
		{first, "INSERT INTO t VALUES (2); DROP TABLE t; SELECT nothing()"},
	} {
		if err := migrate(t, path, steps...); err == nil {
			t.Error("the step did not fail")
		}
		conn := open(t, path)
		if got := number(t, conn, "SELECT count(*) * 10 + sum(n) FROM t"); got != 11 {
			t.Errorf("the table has changed: %d", got)
		}
		if got := number(t, conn, "PRAGMA user_version"); got != 1 {
			t.Errorf("version is %d, want 1", got)
		}
	}
	if err := migrate(t, path, first, "INSERT INTO t VALUES (2)"); err != nil {
		t.Errorf("once the step does not fail: %v", err)
	}
}

func TestDamagedVersionIsRefused(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "some.db")
	c := open(t, path)
	if err := c.ExecScript("PRAGMA application_id=77; PRAGMA user_version=-1"); err != nil {
		t.Fatal(err)
	}
	if err := migrate(t, path, "CREATE TABLE t (n INTEGER)"); !errors.Is(err, db.ErrDamaged) {
		t.Errorf("got %v, want ErrDamaged", err)
	}
}
