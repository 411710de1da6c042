package sqlite_test

import (
	"testing"

	"linechat/chatd/internal/history"
	"linechat/chatd/internal/history/sqlite"
	"linechat/chatd/internal/history/storetest"
)

func TestStore(t *testing.T) {
	storetest.Run(t, func(t *testing.T) history.Store {
		s, err := sqlite.Open(t.TempDir(), sqlite.Config{})
		if err != nil {
			t.Fatal(err)
		}
		return s
	})
}
