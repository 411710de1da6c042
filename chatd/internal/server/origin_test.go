package server

import (
	"context"
	"fmt"
	"io"
	"net/netip"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"linechat/chatd/internal/history"
	"linechat/chatd/internal/listener"
	"linechat/chatd/internal/origin"
)

// withLimits gives a server limits of addresses, of which 198.51.100.0/24 is exempt.
func withLimits(srv *Server, limits origin.Limits) {
	srv.config.Rate = 1000
	srv.config.Origins = origin.NewTable(limits, []netip.Prefix{netip.MustParsePrefix("198.51.100.0/24")})
}

func connectFrom(t *testing.T, srv *Server, address string) *peer {
	t.Helper()
	p, _, _ := admitKnown(t, srv, listener.Identity{Encrypted: true}, tcpAddr(address))
	return p
}

// sends has p send lines, and returns how long it takes until the last is answered, and what
// it is told beside the answers.
func (p *peer) sends(n int, line string) (took time.Duration, notices []string) {
	p.t.Helper()
	began := time.Now()
	go func() { _, _ = fmt.Fprint(p, strings.Repeat(line+"\n", n)) }()
	for answers := 0; answers < n; {
		switch got := p.want(""); {
		case strings.HasPrefix(got, "NOTICE "):
			notices = append(notices, got)
		case strings.HasPrefix(got, "OK "), strings.HasPrefix(got, "ERR "):
			answers++
		}
	}
	return time.Since(began), notices
}

// The sessions of an address share its lines, also over reconnecting; others do not wait
// with them.
func TestLinesOfAnAddress(t *testing.T) {
	bubble(t, memory, func(t *testing.T, srv *Server, _ *history.Memory) {
		withLimits(srv, origin.Limits{origin.Lines: {Burst: 100, PerSecond: 10}})
		alice := connectFrom(t, srv, "192.0.2.1:1")
		if took, notices := alice.sends(99, "PING"); took != 0 || notices != nil {
			t.Errorf("ninety-nine lines took %v: %q", took, notices)
		}
		alice.do("QUIT", "OK QUIT")
		bob := connectFrom(t, srv, "192.0.2.1:2")
		took, notices := bob.sends(20, "PING")
		if took < 2*time.Second || took > 3*time.Second || len(notices) != 1 || !strings.Contains(notices[0], "your address sends more than 10 lines per second") {
			t.Errorf("20 more took %v: %q", took, notices)
		}
		for _, address := range []string{"192.0.2.2:1", "198.51.100.1:1"} {
			if took, _ := connectFrom(t, srv, address).sends(100, "PING"); took != 0 {
				t.Errorf("%s waits %v", address, took)
			}
		}
		if took, _ := connectFrom(t, srv, "198.51.100.1:1").sends(800, "PING"); took != 0 {
			t.Errorf("who is exempt waits %v", took)
		}
	})
}

// A command counts as many lines as its row says, refused or not.
func TestCostOfCommands(t *testing.T) {
	for line, cost := range map[string]int{"SEARCH x": 20, "IN go HISTORY 1": 10, "WHO": 5, "IN nowhere TOPIC x": 5, "NICK -": 5, "JOIN": 5, "NONSENSE": 1, "POST hi": 1, "\xff": 1} {
		bubble(t, memory, func(t *testing.T, srv *Server, _ *history.Memory) {
			withLimits(srv, origin.Limits{origin.Lines: {Burst: 1000, PerSecond: 1}})
			p := connectFrom(t, srv, "192.0.2.1:1")
			p.sends(1, line)
			_, left, _ := srv.config.Origins.Acquire(origin.Of(tcpAddr("192.0.2.1:1"), 0)).Left(origin.Lines)
			if 1000-left != cost {
				t.Errorf("%q counts as %d lines, want %d", line, 1000-left, cost)
			}
		})
	}
}

// Sixteen telnet commands count as a line, beside the one that each read costs.
func TestCostOfTelnetCommands(t *testing.T) {
	bubble(t, memory, func(t *testing.T, srv *Server, _ *history.Memory) {
		withLimits(srv, origin.Limits{origin.Lines: {Burst: 1000, PerSecond: 1}})
		p := connectFrom(t, srv, "192.0.2.1:1")
		if _, err := p.Write([]byte(strings.Repeat("\xff\xf1", 160) + "PING\n")); err != nil {
			t.Fatal(err)
		}
		p.want("OK PING")
		p.do("PING", "OK PING") // when the commands have been counted
		_, left, _ := srv.config.Origins.Acquire(origin.Of(tcpAddr("192.0.2.1:1"), 0)).Left(origin.Lines)
		if used := 1000 - left; used != 12 {
			t.Errorf("160 commands and two lines count as %d lines", used)
		}
	})
}

// What is refused to an address over all its connections, and not to others.
func TestRatesOfAnAddress(t *testing.T) {
	bubble(t, memory, func(t *testing.T, srv *Server, _ *history.Memory) {
		withLimits(srv, origin.Limits{origin.Creates: {Burst: 2, PerSecond: 1. / 720}, origin.Registers: {Burst: 1, PerSecond: 1. / 1200, Strict: true}})
		for i := range 2 {
			connectFrom(t, srv, "192.0.2.1:1").do(fmt.Sprintf("CREATE r%d", i), "OK CREATE")
		}
		p := connectFrom(t, srv, "192.0.2.1:1")
		p.do("CREATE r0", "ERR CREATE rate-limited")
		p.do("CREATE r2", "ERR CREATE rate-limited too many new rooms from your address: 2 at once, and then one every 12 minutes; wait 12 minutes")
		connectFrom(t, srv, "192.0.2.2:1").do("CREATE r2", "OK CREATE")
		for i, address := range []string{"198.51.100.1:1", "198.51.100.1:2", "198.51.100.2:1"} {
			p := connectFrom(t, srv, address)
			p.do(fmt.Sprintf("NICK n%d", i), "OK")
			p.do("REGISTER "+password, []string{"OK REGISTER", "ERR REGISTER rate-limited", "OK REGISTER"}[i])
			p.do(fmt.Sprintf("CREATE s%d", i), "OK CREATE")
		}
		pass(12*time.Minute + time.Second)
		p.do("CREATE r3", "OK CREATE")
	})
}

// A stalledRooms is a store that stalls when a room is made.
type stalledRooms struct {
	*history.Memory
	stall
}

func (s stalledRooms) Create(ctx context.Context, room history.Room) error {
	s.here()
	return s.Memory.Create(ctx, room)
}

// Rooms that are being made count, so that many connections make no more of them at once.
func TestRoomsThatAreBeingMadeCount(t *testing.T) {
	open := func() stalledRooms { return stalledRooms{memory(), newStall()} }
	bubble(t, open, func(t *testing.T, srv *Server, store stalledRooms) {
		withLimits(srv, origin.Limits{origin.Creates: {Burst: 1, PerSecond: 1. / 720}})
		alice, bob := connectFrom(t, srv, "192.0.2.1:1"), connectFrom(t, srv, "192.0.2.1:2")
		alice.send("CREATE go")
		<-store.reached
		bob.send("CREATE zoo")
		go func() { // where it is not refused
			if _, more := <-store.reached; more {
				store.gate <- true
			}
		}()
		bob.want("ERR CREATE rate-limited")
		close(store.reached)
		store.gate <- true
		alice.want("OK CREATE go")
	})
}

// Private lines to one person are refused when an address sends many, over all its
// connections; those that were refused for another reason do not count.
func TestTellsOfAnAddress(t *testing.T) {
	bubble(t, memory, func(t *testing.T, srv *Server, _ *history.Memory) {
		withLimits(srv, origin.Limits{origin.Tells: {Burst: 2, PerSecond: 1. / 6, Strict: true}})
		for _, nick := range []string{"bob", "carol"} {
			p := connectFrom(t, srv, "192.0.2.9:1")
			p.do("NICK "+nick, "OK")
			go func() { _, _ = io.Copy(io.Discard, p) }()
		}
		for i := range 2 {
			alice := connectFrom(t, srv, "198.51.100.1:1")
			alice.do("TELL nobody hi", "ERR TELL no-such-user")
			alice.do(fmt.Sprintf("TELL bob %d", i), "OK TELL bob")
		}
		alice := connectFrom(t, srv, "198.51.100.1:1")
		alice.do("TELL BOB 2", "ERR TELL rate-limited too many private lines to bob from your address: 2 at once, and then one every 6.0 seconds; wait 6.0 seconds")
		alice.do("TELL carol 2", "OK TELL carol")
		connectFrom(t, srv, "192.0.2.1:1").do("TELL bob 2", "OK TELL bob")
		pass(6 * time.Second)
		alice.do("TELL bob 3", "OK TELL bob")
	})
}

// Posts count by their bytes, and are never refused for it.
func TestBytesOfAnAddress(t *testing.T) {
	bubble(t, memory, func(t *testing.T, srv *Server, _ *history.Memory) {
		withLimits(srv, origin.Limits{origin.Bytes: {Burst: 10_000, PerSecond: 1000}, origin.DayBytes: {Burst: 20_000, PerSecond: 10}})
		connectFrom(t, srv, "192.0.2.2:1").do("CREATE go", "OK")
		alice := connectFrom(t, srv, "192.0.2.1:1")
		alice.do("SET echo off", "OK")
		alice.do("JOIN go", "OK")
		post := "POST " + strings.Repeat("x", 1000-postBytes)
		if took, notices := alice.sends(20, post); took.Round(time.Second) != 10*time.Second || len(notices) != 1 || !strings.Contains(notices[0], "posts more than 1.0 kB a second") {
			t.Errorf("20,000 bytes took %v: %q", took, notices)
		}
		pass(noticeEvery)
		if took, notices := alice.sends(2, post); (took+noticeEvery).Round(time.Second) != 200*time.Second-10*time.Second || len(notices) == 0 || !strings.Contains(notices[0], "has posted the 20 kB that it may in a day") {
			t.Errorf("2,000 bytes beyond those of a day took %v: %q", took, notices)
		}
	})
}

// Posts count by those whom they are sent to, and are never refused for it.
func TestDeliveriesOfAnAddress(t *testing.T) {
	bubble(t, memory, func(t *testing.T, srv *Server, _ *history.Memory) {
		withLimits(srv, origin.Limits{origin.Deliveries: {Burst: 100, PerSecond: 10}})
		connectFrom(t, srv, "192.0.2.3:1").do("CREATE alone", "OK")
		alice := crowd(t, srv)
		if took, notices := alice.sends(30, "POST hi"); took.Round(time.Second) != 5*time.Second || len(notices) != 1 || !strings.Contains(notices[0], "cause more than 10 deliveries a second: for each connection in the room one, and one more for each full 1,024 bytes of text") {
			t.Errorf("30 posts to 5 members took %v: %q", took, notices)
		}
		long := "PASTE\n" + strings.Repeat(strings.Repeat("x", 1000)+"\n", 2) + "."
		if took, _ := alice.sends(2, long); took.Round(time.Second) != 2*time.Second {
			t.Errorf("2 posts of 2,001 bytes to 5 members took %v", took)
		}
		if took, _ := alice.sends(50, "IN alone POST hi"); took != 0 {
			t.Errorf("50 posts to nobody took %v", took)
		}
	})
}

// A post that waits for its rate when the session ends is not made.
func TestAPostThatWaitsIsNotMadeAtTheEnd(t *testing.T) {
	for verb, post := range map[string]string{"POST": "POST two", "PASTE": "two\n."} {
		bubble(t, memory, func(t *testing.T, srv *Server, store *history.Memory) {
			withLimits(srv, origin.Limits{origin.Bytes: {Burst: 100, PerSecond: .1}})
			alice := connectFrom(t, srv, "192.0.2.1:1")
			alice.do("CREATE go", "OK")
			alice.do("SET echo off", "OK")
			alice.do("JOIN go", "OK")
			alice.do("POST one", "OK POST go 1")
			if verb == "PASTE" {
				alice.do("PASTE", "SEND go")
			}
			go func() { _, _ = io.WriteString(alice, post+"\n") }()
			alice.want("NOTICE your address posts more")
			ended := make(chan error)
			go func() { ended <- srv.Shutdown(context.Background()) }()
			alice.want("ERR " + verb + " stopping")
			alice.want("BYE shutdown")
			if err := <-ended; err != nil {
				t.Error(err)
			}
			if room, err := store.Room(context.Background(), "go"); err != nil || room.Head != 1 {
				t.Errorf("the room has %d posts, %v", room.Head, err)
			}
		})
	}
}

// Who does not read what a SEARCH has found keeps nobody of the address from searching.
func TestASearchThatIsNotRead(t *testing.T) {
	bubble(t, memory, func(t *testing.T, srv *Server, _ *history.Memory) {
		withLimits(srv, origin.Limits{})
		alice, bob := connectFrom(t, srv, "192.0.2.1:1"), connectFrom(t, srv, "192.0.2.1:2")
		alice.do("CREATE go", "OK")
		alice.sends(500, "IN go POST word "+strings.Repeat("x", 500))
		began := time.Now()
		bob.send("IN go SEARCH word limit:500")
		synctest.Wait()
		alice.do("IN go SEARCH word limit:1", "PAST")
		if waited := time.Since(began); waited > 0 {
			t.Errorf("it waits %v", waited)
		}
		alice.want("OK SEARCH")
	})
}

// A SEARCH waits for another of its address, and no other command does.
func TestSearchesOfAnAddress(t *testing.T) {
	bubble(t, memory, func(t *testing.T, srv *Server, _ *history.Memory) {
		withLimits(srv, origin.Limits{})
		alice := connectFrom(t, srv, "192.0.2.1:1")
		alice.do("CREATE go", "OK")
		o := srv.config.Origins.Acquire(origin.Of(tcpAddr("192.0.2.1:2"), 0))
		if err := o.BeginSearch(t.Context()); err != nil {
			t.Fatal(err)
		}
		bob, carol := connectFrom(t, srv, "192.0.2.1:3"), connectFrom(t, srv, "192.0.2.2:1")
		bob.send("IN go SEARCH word")
		carol.do("IN go SEARCH word", "OK SEARCH")
		alice.do("IN go HISTORY", "OK HISTORY")
		o.EndSearch()
		bob.want("OK SEARCH")
	})
}
