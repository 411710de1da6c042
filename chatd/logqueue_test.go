package main

import (
	"bytes"
	"fmt"
	"io"
	"log/slog"
	"os"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// A stalledWriter writes when the test has closed gate.
type stalledWriter struct {
	gate chan struct{}
	bytes.Buffer
}

func (w *stalledWriter) Write(lines []byte) (int, error) {
	<-w.gate
	return w.Buffer.Write(lines)
}

// newStalledQueue returns a queue whose goroutine is writing line 0.
func newStalledQueue() (*logQueue, *stalledWriter) {
	w := &stalledWriter{gate: make(chan struct{})}
	q := newLogQueue(w, slog.New(slog.NewTextHandler(w, nil)))
	fmt.Fprintln(q, "line 0")
	synctest.Wait()
	return q, w
}

// TestLogQueueIsBounded: what is beyond the bound is dropped, counted in its place, and
// later lines are written again.
func TestLogQueueIsBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q, w := newStalledQueue()
		sent, size := 1, 0
		for size < 2*maxQueued {
			n, _ := fmt.Fprintln(q, "line", sent)
			sent, size = sent+1, size+n
		}
		close(w.gate)
		synctest.Wait()
		fmt.Fprintln(q, "later")
		q.Close()
		if n := w.Len(); n < maxQueued || n > maxQueued+1000 {
			t.Errorf("%d bytes were written", n)
		}
		lines := strings.SplitAfter(w.String(), "\n")
		whole := len(lines) - 3 // the count, the later line, and what follows that: nothing
		for i, line := range lines[:whole] {
			if line != fmt.Sprintln("line", i) {
				t.Fatalf("%q stands where line %d is due", line, i)
			}
		}
		if missing := fmt.Sprintf(" lines=%d\n", sent-whole); !strings.HasSuffix(lines[whole], missing) || lines[whole+1] != "later\n" {
			t.Errorf("the log ends with %q, want %q and later", lines[whole:], missing)
		}
	})
}

// TestLogQueueCloses: Close waits for what can be written, and not long for what cannot.
func TestLogQueueCloses(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q, w := newStalledQueue()
		time.AfterFunc(flushTimeout/2, func() { close(w.gate) })
		fmt.Fprintln(q, "last")
		q.Close()
		if got := w.String(); got != "line 0\nlast\n" {
			t.Errorf("%q was written", got)
		}
	})
	synctest.Test(t, func(t *testing.T) {
		q, w := newStalledQueue()
		start := time.Now() // of a bubble's clock
		q.Close()
		if took := time.Since(start); took != flushTimeout {
			t.Errorf("Close took %v", took)
		}
		fmt.Fprintln(q, "too late")
		close(w.gate)
	})
}

// BenchmarkLog logs as the end of a session does.
func BenchmarkLog(b *testing.B) {
	null, err := os.OpenFile(os.DevNull, os.O_WRONLY, 0)
	if err != nil {
		b.Fatal(err)
	}
	defer null.Close()
	q := newLogQueue(null, slog.New(slog.DiscardHandler))
	defer q.Close()
	for name, w := range map[string]io.Writer{"direct": null, "queued": q} {
		b.Run(name, func(b *testing.B) {
			log := slog.New(slog.NewTextHandler(w, nil))
			for b.Loop() {
				log.Info("session ended", "reason", "quit", "nick", "alice", "peer", "127.0.0.1:5001", "lines_in", 3, "for_ms", 1)
			}
		})
	}
}
