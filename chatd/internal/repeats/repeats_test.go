package repeats

import (
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// A journal is a text that is written and read by several goroutines.
type journal struct {
	mu   sync.Mutex
	text strings.Builder
}

func (j *journal) Write(p []byte) (int, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.text.Write(p)
}

// take returns the text, and makes it empty.
func (j *journal) take() string {
	j.mu.Lock()
	defer j.mu.Unlock()
	defer j.text.Reset()
	return j.text.String()
}

// logged returns a logger without times, and what it has logged, line by line in order.
func logged() (*slog.Logger, func() []string) {
	var text journal
	untimed := func(_ []string, a slog.Attr) slog.Attr {
		if a.Key == slog.TimeKey || a.Key == slog.LevelKey {
			return slog.Attr{}
		}
		return a
	}
	log := slog.New(slog.NewTextHandler(&text, &slog.HandlerOptions{ReplaceAttr: untimed}))
	return log, func() []string {
		lines := slices.Sorted(strings.SplitSeq(strings.TrimSpace(text.take()), "\n"))
		return slices.DeleteFunc(lines, func(l string) bool { return l == "" })
	}
}

var (
	ends     = &Kind{Summary: "further ends", Single: 2}
	refusals = &Kind{Summary: "refusals"}
)

// times counts an event that often, and returns how often it was to be logged singly.
func times(l *Log, n int, kind *Kind, origin, reason string) (single int) {
	for range n {
		if l.Single(kind, origin, reason) {
			single++
		}
	}
	return single
}

func TestFurtherEventsOfAnOriginAreSummedUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		log, lines := logged()
		l := New(log)
		defer l.Close()
		for window := range 2 {
			if n := times(l, 3, ends, "a", "quit"); n != ends.Single {
				t.Errorf("window %d: %d ends are logged singly", window, n)
			}
			times(l, 4, ends, "a", "lost")
			times(l, 2, ends, "b", "quit")
			if n := times(l, 5, refusals, "a", ""); n != 0 {
				t.Errorf("window %d: %d refusals are logged singly", window, n)
			}
			<-time.After(Window - 1)
			synctest.Wait()
			if got := lines(); len(got) > 0 {
				t.Errorf("window %d: before its end the log has %q", window, got)
			}
			<-time.After(1)
			synctest.Wait()
			want := []string{`msg="further ends" origin=a count=5 reasons.lost=4 reasons.quit=1 window_ms=10000`, `msg=refusals origin=a count=5 window_ms=10000`}
			if got := lines(); !slices.Equal(got, want) {
				t.Errorf("window %d: the log has %q, want %q", window, got, want)
			}
		}
	})
}

// However many origins there are, a window has a bounded number of lines.
func TestManyOriginsAreSummedUpTogether(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		log, lines := logged()
		l := New(log)
		single := 0
		for i := range 10 * maxCounted {
			single += times(l, 1, ends, fmt.Sprint(i), "lost")
		}
		if want := maxCounted + ends.Single; single != want {
			t.Errorf("%d are logged singly, want %d", single, want)
		}
		l.Close()
		want := fmt.Sprintf(`msg="further ends" origin=others count=%d reasons.lost=%[1]d window_ms=10000`, 9*maxCounted-ends.Single)
		if got := lines(); !slices.Equal(got, []string{want}) {
			t.Errorf("the log has %q, want %q", got, want)
		}
	})
}

func TestCloseSumsUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		log, lines := logged()
		l := New(log)
		times(l, 3, refusals, "a", "")
		l.Close()
		if got := lines(); len(got) != 1 || !strings.Contains(got[0], "count=3") {
			t.Errorf("the log has %q", got)
		}
		if n := times(l, 3, refusals, "a", ""); n != 3 {
			t.Errorf("after Close %d events are logged singly", n)
		}
		l.Close()
	})
}
