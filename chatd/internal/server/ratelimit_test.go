package server

import (
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"linechat/chatd/internal/history"
	"linechat/chatd/internal/origin"
)

func TestRate(t *testing.T) {
	bubble(t, memory, func(t *testing.T, srv *Server, _ *history.Memory) {
		srv.config.Rate = 10
		alice := connect(t, srv)
		const lines = burstLines + 700
		go func() {
			for i := range lines {
				if _, err := fmt.Fprintf(alice, "PING %d\n", i); err != nil {
					return
				}
			}
		}()
		start, notices := time.Now(), 0
		for i := 0; i < lines; {
			line := alice.want("")
			if strings.HasPrefix(line, "NOTICE you send more than 10 lines per second") {
				notices++
				continue
			}
			if want := fmt.Sprintf("OK PING %d", i); line != want {
				t.Fatalf("got %q, want %q", line, want)
			}
			i++
		}
		if took := time.Since(start).Round(time.Second); took != 70*time.Second {
			t.Errorf("700 lines above the burst took %v", took)
		}
		if notices != 2 {
			t.Errorf("it was said %d times in 70 seconds", notices)
		}
	})
}

func TestRatesThatRefuse(t *testing.T) {
	bubble(t, memory, func(t *testing.T, srv *Server, _ *history.Memory) {
		srv.config.Rate = 1000
		bob := connect(t, srv)
		bob.do("NICK bob", "OK")
		alice := connect(t, srv)
		go func() { _, _ = io.Copy(io.Discard, bob) }()
		for _, tt := range []struct {
			line, verb string
			limit      limit
		}{
			{"CREATE r%d", "CREATE", createLimit},
			{"NICK a%d", "NICK", nickLimit},
			{"TELL bob %d", "TELL", tellLimit},
		} {
			for i := range tt.limit.burst {
				alice.do(fmt.Sprintf(tt.line, i), "OK "+tt.verb)
			}
			alice.do(fmt.Sprintf(tt.line, 99), fmt.Sprintf("ERR %s rate-limited", tt.verb))
			pass(tt.limit.every)
			alice.do(fmt.Sprintf(tt.line, 99), "OK "+tt.verb)
		}
	})
}

// crowd makes room go with five members, and returns the one of 192.0.2.1, which reads no echo.
func crowd(t *testing.T, srv *Server) *peer {
	t.Helper()
	alice := connectFrom(t, srv, "192.0.2.1:1")
	alice.do("CREATE go", "OK")
	alice.do("SET echo off", "OK")
	alice.do("JOIN go", "OK")
	for n := range 4 {
		p := connectFrom(t, srv, fmt.Sprintf("192.0.2.2:%d", n+1))
		p.do("JOIN go", "OK")
		go func() { _, _ = io.Copy(io.Discard, p) }()
	}
	return alice
}

// A post is charged all that it causes, also where that is more than may be caused at once.
func TestAPostAboveTheBurst(t *testing.T) {
	bubble(t, memory, func(t *testing.T, srv *Server, _ *history.Memory) {
		withLimits(srv, origin.Limits{origin.Deliveries: {Burst: 10, PerSecond: 10}})
		alice := crowd(t, srv)
		paste := "PASTE\n" + strings.Repeat(strings.Repeat("x", 1000)+"\n", 10) + "."
		if took, _ := alice.sends(1, paste); took.Round(time.Second) != 4*time.Second {
			t.Errorf("50 deliveries, at 10 a second and 10 at once, took %v", took)
		}
		if took, _ := alice.sends(4, "POST hi"); took.Round(time.Second) != 2*time.Second {
			t.Errorf("20 more took %v", took)
		}
	})
}

// A topic is sent to all members, as a post is.
func TestATopicIsChargedAsAPost(t *testing.T) {
	bubble(t, memory, func(t *testing.T, srv *Server, _ *history.Memory) {
		withLimits(srv, origin.Limits{origin.Deliveries: {Burst: 10, PerSecond: 10}})
		alice := crowd(t, srv)
		if took, _ := alice.sends(4, "TOPIC hi"); took.Round(time.Second) != time.Second {
			t.Errorf("20 deliveries, at 10 a second and 10 at once, took %v", took)
		}
		if took, _ := alice.sends(20, "TOPIC"); took > 0 {
			t.Errorf("asking for the topic takes %v", took)
		}
	})
}

// What was taken for a post that is not made, for its session ends while it waits, is given back:
// the others of its address do not wait for it.
func TestAPostThatIsNotMadeCostsNothing(t *testing.T) {
	for kind, limit := range map[origin.Kind]origin.Limit{
		origin.Bytes: {Burst: 200, PerSecond: 1}, origin.DayBytes: {Burst: 200, PerSecond: 1}, origin.Deliveries: {Burst: 4, PerSecond: .005},
	} {
		bubble(t, memory, func(t *testing.T, srv *Server, _ *history.Memory) {
			var limits origin.Limits
			limits[kind] = limit
			withLimits(srv, limits)
			carol := crowd(t, srv)
			go func() { _, _ = io.Copy(io.Discard, carol) }()
			for i, line := range []string{"POST ", "TOPIC "} {
				alice := connectFrom(t, srv, fmt.Sprint("192.0.2.1:", i+2))
				session := srv.Session(srv.ids.Load())
				alice.send("IN go " + line + strings.Repeat("x", 390))
				go func() { _, _ = io.Copy(io.Discard, alice) }()
				pass(time.Second)
				session.End()
				pass(2 * time.Minute)
			}
			if took, _ := connectFrom(t, srv, "192.0.2.1:4").sends(1, "IN go POST x"); took > time.Duration(float64(time.Second)/limit.PerSecond) {
				t.Errorf("kind %d: a post of another at the address takes %v", kind, took)
			}
		})
	}
}
