//go:build !portable

package netpoll

import (
	"io"
	"runtime"
	"testing"
)

const goroutinesOfIdle = maxParked + 10

// Work that was deferred by a serve function that waits then without having called Block
// is done, too.
func TestForgottenBlockWithDeferredWork(t *testing.T) {
	l := newLoop(t)
	near, far := pair(t, "tcp")
	c := NewConn(near)
	w := &signal{done: make(chan bool)}
	l.Start(c, serveWith(c, func(turn *Turn, b []byte) {
		turn.Defer(w)
		<-w.done
		_, _ = c.WriteSome([][]byte{b})
	}))
	_, _ = far.Write([]byte("x"))
	if _, err := io.ReadFull(far, make([]byte, 1)); err != nil {
		t.Error(err)
	}
	_ = far.Close()
}

// A signal is deferred work that says that it is done.
type signal struct{ done chan bool }

func (s *signal) Members() uint64 { return 1 }
func (s *signal) TryProcess()     { s.done <- true }
func (s *signal) Notify()         { go s.TryProcess() }

// Deferred work that never ends holds up nobody but itself.
func TestDeferredWorkThatHangs(t *testing.T) {
	l := newLoop(t)
	near, far := pair(t, "tcp")
	c := NewConn(near)
	w := &signal{done: make(chan bool)} // nobody receives
	l.Start(c, serveWith(c, func(turn *Turn, b []byte) { turn.Defer(w) }))
	_, _ = far.Write([]byte("x"))
	near2, far2 := pair(t, "tcp")
	echo(l, NewConn(near2))
	_, _ = far2.Write([]byte("x"))
	if _, err := io.ReadFull(far2, make([]byte, 1)); err != nil {
		t.Error(err)
	}
	<-w.done
	_ = far.Close()
	_ = far2.Close()
}

// Where nothing happens no timer runs.
func TestMonitorRests(t *testing.T) {
	l := newLoop(t)
	near, far := pair(t, "tcp")
	echo(l, NewConn(near))
	for range 2 {
		_, _ = far.Write([]byte("x"))
		if _, err := io.ReadFull(far, make([]byte, 1)); err != nil {
			t.Fatal(err)
		}
		for l.poller.armed.Load() {
			runtime.Gosched()
		}
	}
	_ = far.Close()
}
