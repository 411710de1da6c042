package server

import (
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"linechat/chatd/internal/history"
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
