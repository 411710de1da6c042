package memory

import (
	"bytes"
	"log/slog"
	"math"
	"runtime/debug"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// As memory comes near the limit caches shrink first, then newcomers are refused; with a gap
// between, so that it does not change with every byte.
func TestMonitor(t *testing.T) {
	before := debug.SetMemoryLimit(-1)
	defer debug.SetMemoryLimit(before)
	synctest.Test(t, func(t *testing.T) {
		var used atomic.Int64
		var log bytes.Buffer
		percent := 100
		m := start(Config{Log: slog.New(slog.NewTextHandler(&log, nil)), Limit: 1000 << 20, Shrink: func(p int) { percent = p }},
			func() Usage { return Usage{All: used.Load() << 20, Go: 100 << 20} })
		for _, step := range []struct {
			used    int64
			percent int
			short   bool
		}{
			{300, 100, false}, {750, 100, false}, {800, 50, false}, {849, 10, false}, {850, 0, true}, {2000, 0, true}, {800, 50, true}, {790, 60, false}, {100, 100, false},
		} {
			used.Store(step.used)
			<-time.After(minPause)
			if short := m.ShortNow(); short != step.short {
				t.Errorf("at %d of 1000 MB newcomers are refused: %v", step.used, short)
			}
			if percent != step.percent {
				t.Errorf("at %d of 1000 MB caches take %d of 100", step.used, percent)
			}
		}
		if refused, taken := strings.Count(log.String(), "are refused"), strings.Count(log.String(), "are taken"); refused != 1 || taken != 1 {
			t.Errorf("it was logged %d times that newcomers are refused, and %d times that they are not:\n%s", refused, taken, log.String())
		}
		used.Store(950) // without newcomers it is seen, too
		<-time.After(2 * maxPause)
		synctest.Wait()
		if percent != 0 {
			t.Errorf("without newcomers caches take %d of 100", percent)
		}
		m.Close()
	})
}

// The garbage collector has what others leave to it.
func TestMonitorLimitsGo(t *testing.T) {
	before := debug.SetMemoryLimit(-1)
	defer debug.SetMemoryLimit(before)
	for _, test := range []struct{ all, own, want int64 }{{300, 300, 750}, {500, 300, 550}, {900, 100, 125}} {
		debug.SetMemoryLimit(math.MaxInt64)
		m := start(Config{Log: slog.New(slog.DiscardHandler), Limit: 1000 << 20, Shrink: func(int) {}}, func() Usage { return Usage{test.all << 20, test.own << 20} })
		m.Close()
		if got := debug.SetMemoryLimit(-1) >> 20; got != test.want {
			t.Errorf("of %d MB, of which %d are Go's, Go may have %d, want %d", test.all, test.own, got, test.want)
		}
	}
}

// The nearer the limit is, the sooner memory is measured again.
func TestPause(t *testing.T) {
	for used, want := range map[int64]time.Duration{100: maxPause, 750: time.Second / 2, 849: minPause, 2000: minPause} {
		m := &Monitor{config: Config{Limit: 1000 << 20}}
		m.measured.Store(&measurement{Usage: Usage{All: used << 20}})
		if got := m.pause(); got != want {
			t.Errorf("with %d of 1000 MB in use the pause is %v, want %v", used, got, want)
		}
	}
}

// No limit is kept without a Monitor.
func TestNoMonitor(t *testing.T) {
	var m *Monitor
	if m.Short() || m.ShortNow() || m.Limit() != 0 {
		t.Error("there is a limit")
	}
	m.Close()
}

func TestMeasure(t *testing.T) {
	block := make([]byte, 64<<20)
	for i := range block {
		block[i] = 1
	}
	u := Measure()
	if u.Go < int64(len(block)) || u.All < u.Go {
		t.Errorf("with %d bytes in use it measures %+v", len(block), u)
	}
	if n, err := Available(); err != nil || n < u.All {
		t.Errorf("%d bytes are there, %v; %d are in use", n, err, u.All)
	}
	_ = block[len(block)-1]
}
