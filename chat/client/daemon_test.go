package client_test

import (
	"cmp"
	"context"
	"fmt"
	"os"
	"testing"

	"linechat/scripts/harness"
)

// chatd is the daemon, built for these tests.
var chatd string

func TestMain(m *testing.M) { os.Exit(withDaemon(m)) }

func withDaemon(m *testing.M) int {
	dir, err := os.MkdirTemp("", "client")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(dir)
	if chatd, err = harness.Build(context.Background(), dir); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return m.Run()
}

// runDaemon runs chatd for one test, on a free port unless an address is given.
func runDaemon(t *testing.T, address string) *harness.Chatd {
	t.Helper()
	c, err := harness.StartChatd(chatd, t.TempDir(), cmp.Or(address, "127.0.0.1:0"), "--rate", "0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Kill() })
	return c
}

// must is for what cannot fail in a test.
func must[T any](t *testing.T) func(T, error) T {
	return func(value T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return value
	}
}
