package db_test

import (
	"path/filepath"
	"testing"

	"linechat/chatd/internal/history/sqlite/internal/db"
)

// What a reader keeps a checkpoint from moving is counted, until a later one moves it.
func TestCheckpointSaysWhatItHasLeft(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	w, err := db.OpenWriter(dir, false, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	checkpoint := func() int {
		t.Helper()
		if err := w.Checkpoint(0); err != nil {
			t.Error(err)
		}
		return w.Behind
	}
	if left := checkpoint(); left != 0 {
		t.Errorf("%d pages are left", left)
	}
	reader := open(t, filepath.Join(dir, db.ChatFile))
	if err := reader.Exec("BEGIN"); err != nil {
		t.Fatal(err)
	}
	number(t, reader, "SELECT count(*) FROM meta")
	if err := w.Exec("INSERT INTO meta VALUES ('test', 1)"); err != nil {
		t.Fatal(err)
	}
	if left := checkpoint(); left == 0 {
		t.Error("all is moved, while a reader needs it as it was")
	}
	if err := reader.Exec("COMMIT"); err != nil {
		t.Fatal(err)
	}
	if left := checkpoint(); left != 0 {
		t.Errorf("%d pages are left without a reader", left)
	}
}
