package server

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"linechat/chatd/internal/conn"
	"linechat/chatd/internal/history"
	"linechat/chatd/internal/netpoll"
)

// However a session ends, and whatever it is at, its nick is free again, it has
// left its rooms, and the stop waits for it no longer than for its last words.
func TestEveryStateCanBeEnded(t *testing.T) {
	long := strings.Repeat("x", 900)
	for name, lines := range map[string]string{
		"idle":             "",
		"replaying":        "LEAVE\nJOIN go AFTER 0\n",
		"replaying again":  "JOIN go AFTER 0\n",
		"in a history":     strings.Repeat("HISTORY 1000\n", 20),
		"in a paste":       "PASTE\nline\n",
		"in a refused one": "IN nowhere PASTE\nline\n",
		"in one outside":   "LEAVE\nIN go PASTE\nline\n",
		"quitting":         strings.Repeat("PING "+long+"\n", 100) + "QUIT\n",
		"slowed down":      strings.Repeat("PING\n", 2*burstLines),
		"posting":          strings.Repeat("POST "+long+"\n", 3000),
		"posting outside":  "LEAVE\n" + strings.Repeat("IN go POST "+long+"\n", 3000),
	} {
		for _, how := range []string{"shutdown", "replaced", "cut off"} {
			t.Run(name+", "+how, func(t *testing.T) {
				bubble(t, memory, func(t *testing.T, srv *Server, _ *history.Memory) { endIn(t, srv, connect(t, srv), lines, how) })
			})
			t.Run(name+" over TLS, "+how, func(t *testing.T) {
				bubble(t, memory, func(t *testing.T, srv *Server, _ *history.Memory) { endIn(t, srv, connectTLS(t, srv), lines, how) })
			})
		}
	}
}

func endIn(t *testing.T, srv *Server, bob *peer, lines, how string) {
	alice := member(t, srv, "alice")
	for range 200 {
		alice.do("POST "+strings.Repeat("y", 900), "MSG go")
		alice.want("OK POST go")
	}
	alice.do("LEAVE", "OK LEAVE")
	bob.join("bob")
	bob.do("NICK bob k3y", "OK NICK")
	synctest.Wait() // bob's reader looks at the rate after it has answered
	srv.config.Rate = 10
	go func() { _, _ = fmt.Fprint(bob, lines) }() // bob reads nothing any more
	synctest.Wait()
	srv.config.Rate = 0
	start := time.Now()
	switch how {
	case "replaced":
		connect(t, srv).do("NICK bob k3y", "OK NICK bob")
	case "cut off":
		bob.cut()
		synctest.Wait()
		connect(t, srv).do("NICK bob", "OK NICK bob")
	case "shutdown":
		if err := srv.Shutdown(context.Background()); err != nil {
			t.Fatal(err)
		}
		if took := time.Since(start); took > conn.ByeTimeout+netpoll.LingerTimeout {
			t.Errorf("it took %v", took)
		}
		return
	}
	if took := time.Since(start); took > conn.ByeTimeout { // as long a write may still wait
		t.Errorf("the nick was free after %v", took)
	}
	alice.do("IN go WHO", "OK WHO go 0")
}

// A membership ends at one point of the room's order, and the next one begins
// at another: nothing in between, and nothing twice.
func TestLeavingAndJoiningInOneWriteDoublesNothing(t *testing.T) {
	bubble(t, memory, func(t *testing.T, srv *Server, _ *history.Memory) {
		alice := member(t, srv, "alice")
		alice.do("LEAVE", "OK LEAVE")
		for round := range 200 {
			go alice.send("JOIN go\nPOST a\nLEAVE\nJOIN go\nPOST b\nTOPIC t\nLEAVE\nJOIN go\nPOST c\nLEAVE\nPING done")
			seen := map[string]int{}
			for line := ""; line != "OK PING done"; seen[line]++ {
				line = alice.want("")
				if strings.HasPrefix(line, "MSG ") && seen[line] > 0 {
					t.Fatalf("%q came twice", line)
				}
			}
			for i, text := range []string{"a", "b", "c"} {
				if line := fmt.Sprintf("MSG go %d alice %s", 3*round+i+1, text); seen[line] != 1 {
					t.Fatalf("%q came %d times", line, seen[line])
				}
			}
		}
	})
}

// With echo off one's own posts do not come from the store either.
func TestEchoOffHoldsForWhatIsCaughtUp(t *testing.T) {
	tiny := func() *history.Memory { return history.NewMemory(8 << 20) }
	bubble(t, tiny, func(t *testing.T, srv *Server, _ *history.Memory) {
		bob := member(t, srv, "bob")
		bob.do("SET echo off", "OK SET")
		alice := member(t, srv, "alice")
		alice.do("SET echo off", "OK SET")
		// bob posts and reads nothing, so his own posts fall out of the log behind alice's.
		go func() {
			for i := range 100 {
				_, _ = fmt.Fprintf(bob, "POST bob %d\n", i)
			}
			_, _ = fmt.Fprintln(bob, "PING done")
		}()
		go func() { _, _ = io.Copy(io.Discard, alice.in) }()
		for range 700 {
			alice.send("POST " + strings.Repeat("x", 900))
		}
		synctest.Wait()
		for line := ""; line != "OK PING done"; {
			if line = bob.want(""); strings.Contains(line, " bob bob ") {
				t.Fatalf("an own post came: %q", line)
			}
		}
	})
}

// An input is a connection from which just this comes, and then its end.
type input struct {
	net.Conn
	io.Reader
}

func (c input) Read(p []byte) (int, error) { return c.Reader.Read(p) }

// After QUIT and at the end of the input, what was sent before is answered at the peer's
// own pace.
func TestAnswersBeforeTheEndWaitForTheirReader(t *testing.T) {
	const pings = 20 // so few that all are read at once
	text := strings.Repeat("PING "+strings.Repeat("x", 900)+"\n", pings)
	for end, bye := range map[string]string{"": "BYE end-of-input", "QUIT\n": "BYE quit"} {
		bubble(t, memory, func(t *testing.T, srv *Server, _ *history.Memory) {
			near, far := net.Pipe()
			srv.admit(input{near, strings.NewReader(text + end)})
			p := &peer{t, far, bufio.NewReader(far)}
			p.want("HELLO")
			pass(10 * conn.ByeTimeout)
			for range pings {
				p.want("OK PING x")
			}
			for line := ""; !strings.HasPrefix(line, bye); {
				line = p.want("")
			}
			_ = far.Close()
		})
	}
}

// A halfCloser is a connection of which one direction can end, as TCP's can.
type halfCloser struct{ net.Conn }

func (halfCloser) CloseWrite() error { return nil }

// A connection that is closed before its input is read would be reset, and BYE lost with
// it: what comes after QUIT is read and ignored for a while.
func TestInputAfterByeIsReadAndIgnored(t *testing.T) {
	bubble(t, memory, func(t *testing.T, srv *Server, _ *history.Memory) {
		near, far := net.Pipe()
		srv.admit(halfCloser{near})
		alice := &peer{t, far, bufio.NewReader(far)}
		alice.do("QUIT", "HELLO")
		alice.want("OK QUIT")
		alice.want("BYE quit")
		for range 3 {
			alice.send("PING")
		}
		_ = far.Close()
	})
}
