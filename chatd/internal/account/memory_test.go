package account_test

import (
	"testing"

	"linechat/chatd/internal/account"
	"linechat/chatd/internal/account/accounttest"
)

func TestMemory(t *testing.T) {
	accounttest.Run(t, func(*testing.T) account.Store { return new(account.Memory) })
}
