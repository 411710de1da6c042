package sqlite_test

import (
	"testing"

	"linechat/chatd/internal/account"
	"linechat/chatd/internal/account/accounttest"
	"linechat/chatd/internal/history/sqlite"
)

func TestAccounts(t *testing.T) {
	accounttest.Run(t, func(t *testing.T) account.Store { return open(t, t.TempDir(), sqlite.Config{}) })
}
