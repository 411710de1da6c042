// Package memory keeps the memory of this process below a limit. It is measured as the
// system counts it where that says so, for SQLite's is not Go's.
package memory

import (
	"context"
	"errors"
	"log/slog"
	"runtime/debug"
	"runtime/metrics"
	"sync"
	"sync/atomic"
	"time"

	"github.com/KimMachineGun/automemlimit/memlimit"
)

// What is done at which hundredths of the limit. The garbage collector keeps to the first, if
// what is in use is less; from there on caches shrink, to nothing where newcomers are refused.
const (
	collectAt = 75
	refuseAt  = 85
	admitAt   = 80 // again
)

// Memory is measured so often that it is seen to become short if this much is taken in a
// second, and within these bounds. For newcomers, of whom many may come, the lower one holds.
const (
	takenPerSecond = 200 << 20
	minPause       = 20 * time.Millisecond
	maxPause       = time.Second
)

// Memory is given back to the system no more often than each second, and no more than a
// twentieth of the time: it takes longer the more there is.
const (
	freeEvery = time.Second
	freeShare = 20
)

// Available returns how much memory there is for this process: what its cgroup allows, or what
// the machine has.
func Available() (int64, error) {
	machine, err := memlimit.FromSystem()
	if cgroup, errCgroup := memlimit.FromCgroup(); errCgroup == nil && (err != nil || cgroup < machine) {
		return int64(cgroup), nil
	}
	if err == nil && machine == 0 {
		err = errors.New("the system does not say how much memory it has")
	}
	return int64(machine), err
}

// Config is what a Monitor is to go by. Its fields have no defaults.
type Config struct {
	Log   *slog.Logger
	Limit int64 // bytes

	// Shrink is called when caches are to take another part of what they may, in hundredths.
	Shrink func(percent int)
}

// A Monitor keeps to a limit. Start begins one. Its methods may be called from any goroutine.
type Monitor struct {
	config  Config
	measure func() Usage
	cancel  context.CancelFunc
	running sync.WaitGroup

	measuring atomic.Bool
	measured  atomic.Pointer[measurement]
	short     atomic.Bool

	// Of whoever has set measuring.
	percent int   // of their memory that caches may take
	goLimit int64 // 0: none is set
}

// A Usage is how many bytes of memory the process has.
type Usage struct {
	All int64 // as the system counts it
	Go  int64 // of the Go runtime
}

type measurement struct {
	Usage
	at time.Time
}

// Start begins to keep to a limit, until Close.
func Start(config Config) *Monitor { return start(config, Measure) }

func start(config Config, measure func() Usage) *Monitor {
	m := &Monitor{config: config, measure: measure, percent: 100}
	m.look()
	ctx, cancel := context.WithCancel(context.Background())
	m.cancel = cancel
	m.running.Go(func() { m.run(ctx) })
	return m
}

// Close ends the monitor. A nil Monitor is one without a limit.
func (m *Monitor) Close() {
	if m != nil {
		m.cancel()
		m.running.Wait()
	}
}

// Limit returns the limit in bytes; 0: there is none.
func (m *Monitor) Limit() int64 {
	if m == nil {
		return 0
	}
	return m.config.Limit
}

// Short reports whether memory was short when it was measured last: newcomers are to be
// refused, and those that are there are to take no more. It costs next to nothing.
func (m *Monitor) Short() bool { return m != nil && m.short.Load() }

// ShortNow reports whether memory is short now. It is for newcomers, of whom many may come
// between two measurements.
func (m *Monitor) ShortNow() bool {
	if m != nil && time.Since(m.measured.Load().at) >= minPause {
		m.look()
	}
	return m.Short()
}

// run measures until ctx ends. While there is too little memory, it gives back what is not in
// use: the garbage collector alone would do so minutes later.
func (m *Monitor) run(ctx context.Context) {
	var freeAgain time.Time
	for {
		select {
		case <-time.After(m.pause()):
		case <-ctx.Done():
			return
		}
		if began := time.Now(); m.Short() && began.After(freeAgain) {
			debug.FreeOSMemory()
			freeAgain = began.Add(max(freeEvery, freeShare*time.Since(began)))
		}
		m.look()
	}
}

// pause returns how long to wait until the next measurement.
func (m *Monitor) pause() time.Duration {
	left := m.config.Limit*refuseAt/100 - m.measured.Load().All
	return min(maxPause, max(minPause, time.Duration(float64(left)/takenPerSecond*float64(time.Second))))
}

// look measures, and does what is due, unless another goroutine is at it.
func (m *Monitor) look() {
	if m.measuring.Swap(true) {
		return
	}
	defer m.measuring.Store(false)
	now := &measurement{m.measure(), time.Now()}
	m.measured.Store(now)
	m.limitGo(now)
	m.shrink(now)
	m.admit(now)
}

// limitGo has the garbage collector leave to others what they have. To tell it stops the
// process for a moment, so small changes are not worth it.
func (m *Monitor) limitGo(now *measurement) {
	others := max(0, now.All-now.Go)
	limit := max(m.config.Limit*collectAt/100-others, m.config.Limit/8)
	if change := limit - m.goLimit; max(change, -change) > m.config.Limit/64 {
		m.goLimit = limit
		debug.SetMemoryLimit(limit)
	}
}

// shrink has caches take less from collectAt on, and nothing at refuseAt.
func (m *Monitor) shrink(now *measurement) {
	used := int(now.All * 100 / m.config.Limit)
	percent := min(100, max(0, (refuseAt-used)*100/(refuseAt-collectAt)))
	if percent != m.percent {
		m.percent = percent
		m.config.Shrink(percent)
	}
}

// admit decides whether newcomers are refused.
func (m *Monitor) admit(now *measurement) {
	switch used := now.All * 100 / m.config.Limit; {
	case used >= refuseAt && !m.short.Swap(true):
		m.config.Log.Warn("memory is short: new connections are refused", "used_bytes", now.All, "limit_bytes", m.config.Limit)
	case used < admitAt && m.short.Swap(false):
		m.config.Log.Info("there is memory again: new connections are taken", "used_bytes", now.All, "limit_bytes", m.config.Limit)
	}
}

// Measure returns how much memory this process has.
func Measure() Usage {
	s := []metrics.Sample{{Name: "/memory/classes/total:bytes"}, {Name: "/memory/classes/heap/released:bytes"}}
	metrics.Read(s)
	own := int64(s[0].Value.Uint64() - s[1].Value.Uint64())
	return Usage{All: max(own, resident()), Go: own}
}
