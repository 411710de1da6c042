//go:build !portable

package server

import (
	"bytes"
	"runtime"
	"testing"
)

// goroutinesEach is how many an idle session has.
const goroutinesEach = 0

// When a stop returns, the loop's workers have ended, too.
func TestStopEndsTheLoop(t *testing.T) {
	srv := newTestServer(t)
	dial(t, serve(t, srv)).do("PING", "OK PING") // HELLO may come before there is a worker
	if workers() == 0 {
		t.Fatal("the loop of a server with a session has no worker")
	}
	if err := srv.Shutdown(t.Context()); err != nil {
		t.Errorf("shutting down: %v", err)
	}
	if n := workers(); n > 0 {
		t.Errorf("%d workers have not ended", n)
	}
}

// workers returns how many goroutines are workers of a loop.
func workers() int {
	stacks := make([]byte, 1<<20)
	stacks = stacks[:runtime.Stack(stacks, true)]
	return bytes.Count(stacks, []byte("netpoll.(*poller).lead("))
}
