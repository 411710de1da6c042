//go:build !portable

package netpoll

import (
	"io"
	"net"
	"runtime"
	"testing"
)

const goroutinesOfIdle = maxParked + 10

// Work that was deferred by a serve function that waits then without having called Block
// is done, too.
func TestForgottenBlockWithDeferredWork(t *testing.T) {
	l := newLoop(t)
	near, far := pair(t, "tcp")
	c := l.NewConn(near)
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

func (s *signal) Connections() int { return 1 }
func (s *signal) TryProcess()      { s.done <- true }
func (s *signal) Notify()          { go s.TryProcess() }

// Deferred work that never ends holds up nobody but itself.
func TestDeferredWorkThatHangs(t *testing.T) {
	l := newLoop(t)
	near, far := pair(t, "tcp")
	c := l.NewConn(near)
	w := &signal{done: make(chan bool)} // nobody receives
	l.Start(c, serveWith(c, func(turn *Turn, b []byte) { turn.Defer(w) }))
	_, _ = far.Write([]byte("x"))
	near2, far2 := pair(t, "tcp")
	echo(l, l.NewConn(near2))
	_, _ = far2.Write([]byte("x"))
	if _, err := io.ReadFull(far2, make([]byte, 1)); err != nil {
		t.Error(err)
	}
	<-w.done
	_ = far.Close()
	_ = far2.Close()
}

// However many serve functions have waited at a time, few goroutines are left afterwards.
func TestFewWorkersStay(t *testing.T) {
	l := newLoop(t)
	before := runtime.NumGoroutine()
	goOn := make(chan bool)
	for range 3 * maxParked {
		near, far := pair(t, "tcp")
		c := l.NewConn(near)
		inside := make(chan bool, 1)
		l.Start(c, serveWith(c, func(turn *Turn, _ []byte) {
			turn.Block()
			inside <- true
			<-goOn
		}))
		_, _ = far.Write([]byte("x"))
		<-inside
		defer far.Close()
	}
	close(goOn)
	for runtime.NumGoroutine() > before+maxParked+2 { // the leader, and the monitor
		runtime.Gosched()
	}
}

// A probe is deferred work that calls a function.
type probe struct {
	connections int
	f           func()
}

func (p *probe) Connections() int { return p.connections }
func (p *probe) TryProcess()      { p.f() }
func (p *probe) Notify()          { go p.f() }

// Work that writes to many does not hold up others; work that writes to few is done by the
// leader.
func TestWhoDoesDeferredWork(t *testing.T) {
	for connections, leads := range map[int]bool{manyConnections: true, manyConnections + 1: false} {
		l := newLoop(t)
		near, far := pair(t, "tcp")
		c := l.NewConn(near)
		led := make(chan bool)
		w := &probe{connections, func() { led <- l.poller.state.Load()&callKind == working }}
		l.Start(c, serveWith(c, func(turn *Turn, _ []byte) { turn.Defer(w) }))
		_, _ = far.Write([]byte("x"))
		if got := <-led; got != leads {
			t.Errorf("work for %d connections is done by the leader: %v", connections, got)
		}
		_ = far.Close()
	}
}

// Work that is deferred after Block is done although nothing more comes in.
func TestDeferAfterBlock(t *testing.T) {
	l := newLoop(t)
	near, far := pair(t, "tcp")
	c := l.NewConn(near)
	w := &signal{done: make(chan bool)}
	l.Start(c, serveWith(c, func(turn *Turn, b []byte) {
		turn.Block()
		runtime.Gosched() // for another worker to begin to wait, in some of the rounds
		turn.Defer(w)
		<-w.done
		_, _ = c.WriteSome([][]byte{b})
	}))
	for range 1000 {
		_, _ = far.Write([]byte("x"))
		if _, err := io.ReadFull(far, make([]byte, 1)); err != nil {
			t.Fatal(err)
		}
	}
	_ = far.Close()
}

// Deferred work is done although there is always more input.
func TestDeferredWorkIsNotStarved(t *testing.T) {
	l := newLoop(t)
	one, other := pair(t, "tcp") // each answers the other
	done := make(chan bool)
	for _, end := range []net.Conn{one, other} {
		c := l.NewConn(end)
		l.Start(c, serveWith(c, func(_ *Turn, b []byte) { _, _ = c.TryWrite([][]byte{b}) }))
		defer c.Abort()
	}
	_, _ = one.Write([]byte("x"))
	near, far := pair(t, "tcp")
	c := l.NewConn(near)
	l.Start(c, serveWith(c, func(turn *Turn, _ []byte) { turn.Defer(&probe{1, func() { close(done) }}) }))
	_, _ = far.Write([]byte("x"))
	<-done
	_ = far.Close()
}

// Where nothing happens no timer runs.
func TestMonitorRests(t *testing.T) {
	l := newLoop(t)
	near, far := pair(t, "tcp")
	echo(l, l.NewConn(near))
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

// A connection that was closed is forgotten.
func TestClosedConnIsForgotten(t *testing.T) {
	l := newLoop(t)
	near, far := pair(t, "tcp")
	echo(l, l.NewConn(near))
	_ = far.Close()
	l.Close()
	for _, c := range l.poller.conns {
		if c != nil {
			t.Error("it is kept")
		}
	}
}
