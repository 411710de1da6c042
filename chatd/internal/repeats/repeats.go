// Package repeats keeps a log readable where one origin causes many lines of it: the first
// ones are logged as they come, and a line every ten seconds sums up the others.
package repeats

import (
	"log/slog"
	"maps"
	"slices"
	"sync"
	"time"
)

// Window is the time that one summary is about. It begins with the first event.
const Window = 10 * time.Second

// maxCounted is how many counts one window has at most. Events of further origins share one
// count for each kind, under the origin "others", so that many origins cannot fill the log
// either.
const maxCounted = 1024

const others = "others"

// A Kind is a kind of event that is logged.
type Kind struct {
	Summary string // the message of the summary
	Single  int    // events of one origin in a window that are logged singly
}

// A Log counts events. Its methods may be called from any goroutine. A nil Log sums up
// nothing.
type Log struct {
	log *slog.Logger

	mu      sync.Mutex
	counts  map[key]*count // of the window; nil: none has begun
	timer   *time.Timer    // ends the window
	closed  bool
	running sync.WaitGroup // summaries that the timer is to write, or writes
}

type key struct {
	kind   *Kind
	origin string
}

// A count is what one origin has done in a window.
type count struct {
	single  int
	summed  int
	reasons map[string]int // of those summed
}

// New returns a Log that writes its summaries to log.
func New(log *slog.Logger) *Log { return &Log{log: log} }

// Single counts an event that origin has caused for this reason, or for "" where a kind has
// no reasons. It reports whether the caller is to log the event: otherwise a summary has it.
func (l *Log) Single(kind *Kind, origin, reason string) bool {
	if l == nil {
		return true
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		return true
	}
	c := l.count(key{kind, origin})
	if c.single < kind.Single {
		c.single++
		return true
	}
	c.summed++
	if reason != "" {
		c.reasons[reason]++
	}
	return false
}

// count returns the count of k in the window, which it begins if there is none.
func (l *Log) count(k key) *count {
	if l.counts == nil {
		l.counts = map[key]*count{}
		l.running.Add(1)
		l.timer = time.AfterFunc(Window, l.endWindow) // Close ends it, or waits for it
	}
	if l.counts[k] == nil && len(l.counts) >= maxCounted {
		k.origin = others
	}
	c := l.counts[k]
	if c == nil {
		c = &count{reasons: map[string]int{}}
		l.counts[k] = c
	}
	return c
}

// endWindow is called by the timer.
func (l *Log) endWindow() {
	defer l.running.Done()
	l.summarize(l.take())
}

// take ends the window, and returns its counts.
func (l *Log) take() map[key]*count {
	l.mu.Lock()
	defer l.mu.Unlock()
	counts := l.counts
	l.counts = nil
	return counts
}

// summarize logs what has not been logged singly.
func (l *Log) summarize(counts map[key]*count) {
	for k, c := range counts {
		if c.summed == 0 {
			continue
		}
		var reasons []any
		for _, reason := range slices.Sorted(maps.Keys(c.reasons)) {
			reasons = append(reasons, slog.Int(reason, c.reasons[reason]))
		}
		l.log.Info(k.kind.Summary, "origin", k.origin, "count", c.summed, slog.Group("reasons", reasons...), "window_ms", Window.Milliseconds())
	}
}

// Close logs the summary of the window that has begun. Later events are to be logged singly.
func (l *Log) Close() {
	l.mu.Lock()
	l.closed = true
	if l.timer != nil && l.timer.Stop() {
		l.running.Done()
	}
	l.mu.Unlock()
	l.running.Wait()
	l.summarize(l.take())
}
