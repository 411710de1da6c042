package netpoll

import (
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
)

// work is deferred work that counts what was handed to it and what it has done.
type work struct {
	handed      atomic.Int64
	done        atomic.Int64
	bell        chan bool
	connections int
}

func newWork(connections int) *work { return &work{bell: make(chan bool, 1), connections: connections} }

func (w *work) Connections() int { return w.connections }

func (w *work) TryProcess() { w.done.Store(w.handed.Load()) }

func (w *work) Notify() {
	select {
	case w.bell <- true:
	default:
	}
}

// Deferred work is done for all that was handed to it, whether the serve function goes on
// to read, blocks, or ends.
func TestDeferredWorkIsDone(t *testing.T) {
	for name, after := range map[string]func(*Turn){
		"reading":  func(*Turn) {},
		"blocking": (*Turn).Block,
	} {
		for _, connections := range []int{1, manyConnections + 1} {
			t.Run(fmt.Sprint(name, ", ", connections), func(t *testing.T) {
				forEachKind(t, func(t *testing.T, kind string) { deferTo(t, kind, newWork(connections), after) })
			})
		}
	}
}

func deferTo(t *testing.T, kind string, w *work, after func(*Turn)) {
	l := newLoop(t)
	done := make(chan bool)
	var notified sync.WaitGroup
	notified.Go(func() {
		for {
			select {
			case <-w.bell:
				w.TryProcess()
			case <-done:
				return
			}
		}
	})
	const conns, bytesEach = 10, 50
	var wg sync.WaitGroup
	for range conns {
		near, far := pair(t, kind)
		c := l.NewConn(near)
		l.Start(c, serveWith(c, func(turn *Turn, b []byte) {
			for range b {
				w.handed.Add(1)
				turn.Defer(w)
			}
			after(turn)
		}))
		wg.Go(func() {
			for range bytesEach {
				_, _ = far.Write([]byte("x"))
			}
		})
		defer far.Close()
	}
	wg.Wait()
	for w.done.Load() < conns*bytesEach {
		runtime.Gosched()
	}
	close(done)
	notified.Wait()
}

// workOutside is deferred work that notes whether a serve function did it.
type workOutside struct {
	*work
	serving, inside atomic.Bool
}

func (w *workOutside) TryProcess() {
	if w.serving.Load() {
		w.inside.Store(true)
	}
	w.work.TryProcess()
}

// No serve function does deferred work, also where the connection has a goroutine of its
// own: one that recovers from its panics would contain those of the work.
func TestDeferredWorkIsDoneOutsideServe(t *testing.T) {
	l := newLoop(t)
	near, far := pair(t, "pipe")
	c := l.NewConn(near)
	w := &workOutside{work: newWork(1)}
	serve := serveWith(c, func(turn *Turn, _ []byte) {
		w.handed.Add(1)
		turn.Defer(w)
	})
	l.Start(c, func(turn *Turn) {
		w.serving.Store(true)
		serve(turn)
		w.serving.Store(false)
	})
	_, _ = far.Write([]byte("x"))
	for w.done.Load() == 0 {
		runtime.Gosched()
	}
	if w.inside.Load() {
		t.Error("the serve function did the work")
	}
	_ = far.Close()
}

// Work that is deferred as the connection is closed is done, too.
func TestDeferredWorkOfAConnThatIsClosed(t *testing.T) {
	forEachKind(t, func(t *testing.T, kind string) {
		l := newLoop(t)
		near, far := pair(t, kind)
		c := l.NewConn(near)
		w := newWork(1)
		l.Start(c, func(turn *Turn) {
			if c.Fill() == ErrWouldBlock {
				return
			}
			w.handed.Add(1)
			turn.Defer(w)
			_ = c.Close()
		})
		_ = far.Close()
		for w.done.Load() == 0 {
			select {
			case <-w.bell:
				w.TryProcess()
			default:
				runtime.Gosched()
			}
		}
	})
}
