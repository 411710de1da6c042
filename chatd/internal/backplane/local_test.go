package backplane_test

import (
	"testing"

	"linechat/chatd/internal/account"
	"linechat/chatd/internal/backplane"
	"linechat/chatd/internal/backplane/logtest"
	"linechat/chatd/internal/history"
)

// TestLocal tests the log of one machine.
func TestLocal(t *testing.T) {
	logtest.Test(t, func(*testing.T) logtest.Machine {
		rooms, accounts := history.NewMemory(1<<20), &account.Memory{}
		return logtest.Machine{Log: backplane.NewLocal(rooms, accounts), Rooms: rooms, Accounts: accounts}
	})
}
