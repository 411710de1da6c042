package sqlite_test

import (
	"context"
	"database/sql"
	"errors"
	"net/url"
	"path/filepath"
	"testing"
	"time"

	"linechat/chatd/internal/history/sqlite"
	"linechat/chatd/internal/history/sqlite/offline"
)

// TestRecoveryIsWaitedFor opens the files while another process has them to
// itself, as it has while it recovers them after a crash.
func TestRecoveryIsWaitedFor(t *testing.T) {
	t.Parallel()
	for name, use := range map[string]func(dir string) error{
		"daemon": func(dir string) error {
			s, err := sqlite.Open(dir, sqlite.Config{})
			if err == nil {
				err = s.Close()
			}
			return err
		},
		"export": func(dir string) error { return offline.Export(context.Background(), dir, "", &sink{}) },
		"check": func(dir string) error {
			report, err := offline.CheckDir(context.Background(), dir, nil)
			if err == nil && !report.OK() {
				err = errors.New(report.Problems[0])
			}
			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir, _ := indexedStore(t, 3)
			release := occupy(t, filepath.Join(dir, sqlite.DBFile))
			end := make(chan error, 1)
			go func() { end <- use(dir) }()
			select {
			case err := <-end:
				t.Fatalf("it did not wait: %v", err)
			case <-time.After(50 * time.Millisecond):
			}
			release()
			if err := <-end; err != nil {
				t.Error(err)
			}
		})
	}
}

// occupy has another program use a file that no other can read, until release.
func occupy(t *testing.T, path string) (release func()) {
	t.Helper()
	db, err := sql.Open("sqlite", "file:"+(&url.URL{Path: path}).EscapedPath())
	if err == nil {
		db.SetMaxOpenConns(1)
		_, err = db.ExecContext(t.Context(), "PRAGMA locking_mode=EXCLUSIVE; BEGIN IMMEDIATE")
	}
	if err != nil {
		t.Fatal(err)
	}
	return func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	}
}
