package server

import (
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"linechat/chatd/internal/history"
	"linechat/chatd/proto"
)

// A tally is a Meter that counts what it is told.
type tally struct {
	mu     sync.Mutex
	counts map[string]int
}

func (c *tally) add(what ...any) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.counts[fmt.Sprint(what...)]++
}

func (c *tally) ConnectionRefused(limit string)           { c.add("refused ", limit) }
func (c *tally) SessionEnded(reason string)               { c.add("ended ", reason) }
func (c *tally) CommandRefused(v string, code proto.Code) { c.add(v, " ", string(code)) }
func (c *tally) InputSlowed()                             { c.add("slowed") }
func (c *tally) SearchDone(time.Duration)                 { c.add("search") }

func (c *tally) want(t *testing.T, want map[string]int) {
	t.Helper()
	c.mu.Lock()
	defer c.mu.Unlock()
	for what, n := range want {
		if c.counts[what] != n {
			t.Errorf("%q was counted %d times, want %d, of %v", what, c.counts[what], n, c.counts)
		}
	}
}

// What befalls sessions is counted once, and no word of a client is a label.
func TestMeter(t *testing.T) {
	bubble(t, memory, func(t *testing.T, srv *Server, _ *history.Memory) {
		counted := &tally{counts: map[string]int{}}
		srv.config.Meter = counted
		alice := member(t, srv, "alice")
		alice.do("SEARCH word", "OK SEARCH")
		alice.do("JOIN nowhere", "ERR JOIN no-such-room")
		alice.do("SWORDFISH", "ERR SWORDFISH unknown-command")
		alice.do("PASTE", "SEND go")
		alice.do(".", "ERR PASTE bad-arguments")
		srv.config.Rate = 1
		alice.do("PING", "OK PING")
		srv.config.Rate = 0
		srv.config.MaxConnections = 1
		connectRefused(t, srv)
		alice.do("QUIT", "OK QUIT")
		alice.want("BYE quit")
		synctest.Wait()
		counted.want(t, map[string]int{"search": 1, "JOIN no-such-room": 1, "- unknown-command": 1, "PASTE bad-arguments": 1, "refused all": 1, "ended quit": 1, "slowed": 0})
	})
}

// So is a post that the store refuses, whose ERR the writer writes, and a session that sends
// more than its rate.
func TestMeterOfPosts(t *testing.T) {
	bubble(t, memory, func(t *testing.T, srv *Server, _ *history.Memory) {
		counted := &tally{counts: map[string]int{}}
		srv.config.Meter = counted
		alice := member(t, srv, "alice")
		alice.do("ONCE key POST one", "MSG go 1 alice one")
		alice.want("OK POST go 1")
		alice.do("ONCE key POST two", "ERR POST once-mismatch")
		srv.config.Rate = 1
		for range burstLines {
			alice.do("PING", "OK PING")
		}
		if n := srv.Figures().Slowed; n != 0 {
			t.Errorf("%d sessions are slowed down within the burst", n)
		}
		alice.send("PING")
		synctest.Wait()
		if n := srv.Figures().Slowed; n != 1 {
			t.Errorf("%d sessions are slowed down above it", n)
		}
		alice.want("NOTICE you send more than")
		alice.want("OK PING")
		counted.want(t, map[string]int{"POST once-mismatch": 1, "slowed": 1})
	})
}
