package server

import (
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"linechat/chatd/internal/conn"
	"linechat/chatd/internal/history"
)

func TestStalledReaderIsEndedAlone(t *testing.T) {
	bubble(t, memory, func(t *testing.T, srv *Server, _ *history.Memory) {
		bob := member(t, srv, "bob")
		alice := member(t, srv, "alice")
		alice.do("SET presence on", "OK SET")
		start := time.Now()
		for i := 1; i <= 3; i++ {
			alice.do("POST hi", fmt.Sprintf("MSG go %d alice hi", i))
			alice.want("OK POST go")
		}
		if time.Since(start) > 0 {
			t.Errorf("posting waited %v for a member that does not read", time.Since(start))
		}
		synctest.Wait()
		if n := srv.Figures().SlowReaders; n != 1 {
			t.Errorf("%d slow readers, want 1", n)
		}
		alice.want("LEFT go bob stalled")
		if took := time.Since(start); took != time.Minute {
			t.Errorf("bob was ended after %v", took)
		}
		_ = bob.Close()
	})
}

func TestSilentSessionIsNotEnded(t *testing.T) {
	bubble(t, memory, func(t *testing.T, srv *Server, _ *history.Memory) {
		alice := member(t, srv, "alice")
		pass(30 * 24 * time.Hour)
		alice.do("PING still here", "OK PING still here")
	})
}

// A member that reads nothing for a while is caught up: from the log, from the
// store, and what the store has dropped is named.
func TestSlowReaderIsCaughtUp(t *testing.T) {
	tiny := func() *history.Memory { return history.NewMemory(1) }
	bubble(t, tiny, func(t *testing.T, srv *Server, _ *history.Memory) {
		const posts = 3000
		bob := member(t, srv, "bob")
		alice := member(t, srv, "alice")
		alice.do("SET echo off", "OK SET echo off")
		for i := 1; i <= posts; i++ {
			alice.do("POST "+strings.Repeat("x", 100), fmt.Sprintf("OK POST go %d", i))
		}
		next, gaps := 1, 0
		for next <= posts {
			var seq, to int
			line := bob.want("")
			if _, err := fmt.Sscanf(line, "GAP go %d %d retention", &seq, &to); err == nil {
				gaps++
			} else if _, err := fmt.Sscanf(line, "MSG go %d alice", &seq); err != nil {
				t.Fatalf("unexpected line %q", line)
			} else {
				to = seq
			}
			if seq != next {
				t.Fatalf("got %d, want %d: %q", seq, next, line)
			}
			next = to + 1
		}
		if gaps == 0 {
			t.Error("the store held everything: the test is too small")
		}
		synctest.Wait()
		if f := srv.Figures(); f.CaughtUp == 0 || f.SlowReaders != 0 {
			t.Errorf("%d pages were read to catch up, and then there are %d slow readers", f.CaughtUp, f.SlowReaders)
		}
	})
}

func TestInputWaitsWhileOutputWaits(t *testing.T) {
	bubble(t, memory, func(t *testing.T, srv *Server, _ *history.Memory) {
		alice := connect(t, srv)
		const pings = 2000
		ping := "PING " + strings.Repeat("x", 500)
		sent := make(chan error, 1)
		go func() {
			_, err := io.WriteString(alice, strings.Repeat(ping+"\n", pings))
			sent <- err
		}()
		synctest.Wait()
		select {
		case <-sent:
			t.Error("all commands were taken although no answer was read")
		default:
		}
		for range pings {
			alice.want("OK " + ping)
		}
		if err := <-sent; err != nil {
			t.Error(err)
		}
	})
}

func TestKeyTakesTheNickFromAConnectionThatHangs(t *testing.T) {
	bubble(t, memory, func(t *testing.T, srv *Server, _ *history.Memory) {
		old := member(t, srv, "carol")
		old.do("NICK bob s3cret", "OK NICK bob")
		alice := member(t, srv, "alice")
		alice.do("SET presence on", "OK SET")
		alice.do("POST bob does not read this", "MSG")
		alice.want("OK POST")

		start := time.Now()
		fresh := connect(t, srv)
		fresh.do("NICK bob wrong", "ERR NICK nick-taken")
		fresh.do("NICK bob", "ERR NICK nick-taken")
		fresh.do("NICK bob s3cret", "OK NICK bob")
		if time.Since(start) > 0 {
			t.Errorf("taking the nick waited %v for the old connection", time.Since(start))
		}
		alice.want("LEFT go bob replaced")
		_ = old.Close()
	})
}

func TestTellToAUserWhoDoesNotRead(t *testing.T) {
	bubble(t, memory, func(t *testing.T, srv *Server, _ *history.Memory) {
		bob := connect(t, srv)
		bob.do("NICK bob", "OK")
		alice := connect(t, srv)
		told := 0
		for alice.do("TELL bob hi", "")[:3] == "OK " {
			told++
		}
		if told < conn.MaxPrivate || told >= 2*conn.MaxPrivate { // some may be at the socket
			t.Errorf("%d private lines waited", told)
		}
		alice.do("TELL bob hi", "ERR TELL busy-user")
		for range told {
			bob.want("TELL guest-")
		}
		alice.do("TELL bob again", "OK TELL bob")
		bob.want("TELL guest-")
	})
}
