package main

import (
	"io"
	"log/slog"
	"sync"
	"time"
)

const (
	maxQueued    = 1 << 20         // bytes that wait to be logged, beyond which lines are dropped
	flushTimeout = time.Second / 2 // for lines to be written when chatd ends
)

// A logQueue holds log lines until a goroutine of its own has written them, because
// stderr may be a pipe that nobody reads, and nothing in chatd must wait for that. All
// methods may be called from any goroutine, Close once.
type logQueue struct {
	out   io.Writer
	log   *slog.Logger  // writes to out
	ended chan struct{} // closed when the goroutine has ended

	mu      sync.Mutex
	changed sync.Cond // signals that there are lines, or no more to come
	lines   []byte
	dropped int // lines, after those that wait
	closed  bool
}

// newLogQueue returns a queue for out. Log writes to out, too, and tells of lines that
// were dropped.
func newLogQueue(out io.Writer, log *slog.Logger) *logQueue {
	q := &logQueue{out: out, log: log, ended: make(chan struct{})}
	q.changed.L = &q.mu
	go q.run() // until Close, which waits for it
	return q
}

// Write queues or drops one line. It does not wait, and returns no error.
func (q *logQueue) Write(line []byte) (int, error) {
	q.mu.Lock()
	if len(q.lines) < maxQueued {
		q.lines = append(q.lines, line...)
	} else {
		q.dropped++
	}
	q.mu.Unlock()
	q.changed.Signal()
	return len(line), nil
}

// Close waits until the queued lines are written, for at most flushTimeout. Later lines may
// be lost.
func (q *logQueue) Close() {
	q.mu.Lock()
	q.closed = true
	q.mu.Unlock()
	q.changed.Signal()
	select {
	case <-q.ended:
	case <-time.After(flushTimeout):
	}
}

func (q *logQueue) run() {
	defer close(q.ended)
	lines, dropped := q.take(nil)
	for len(lines) > 0 {
		_, _ = q.out.Write(lines) // there is nobody to tell of an error
		if dropped > 0 {
			q.log.Warn("stderr was not read: log lines are missing here", "lines", dropped)
		}
		lines, dropped = q.take(lines[:0])
	}
}

// take waits for lines, and leaves spare in their place. It returns none after Close.
func (q *logQueue) take(spare []byte) (lines []byte, dropped int) {
	q.mu.Lock()
	defer q.mu.Unlock()
	for len(q.lines) == 0 && !q.closed {
		q.changed.Wait()
	}
	lines, dropped = q.lines, q.dropped
	q.lines, q.dropped = spare, 0
	return lines, dropped
}
