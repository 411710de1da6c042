// Package netpoll serves many connections with few goroutines.
//
// On Linux one goroutine at a time, the leader, waits for the input of every
// connection that has a descriptor of its own, and serves what comes in itself.
// Before it waits for anything else it hands the loop on to another goroutine, a
// follower (Schmidt, "Leader/Followers"). This is the polled form.
//
// Connections without a descriptor, and on other systems all of them, have a
// goroutine each. This is the portable form, which the build tag portable selects on
// Linux, too; with the tag nodescriptors as well no connection has a descriptor, as on
// Windows. Callers need not know which form they have.
//
// A Loop's goroutines are these workers, a monitor that hands the loop on where a serve
// function waits without having said so, and one for each connection that is not polled,
// or that was interrupted while it had no input. Close waits for them.
package netpoll

import (
	"runtime"
	"sync"
)

// A Loop serves connections as their input comes in. The zero value is ready to use.
// All methods may be called from any goroutine.
type Loop struct {
	poller  poller
	conns   sync.WaitGroup // that were started and are not closed, and what serves them
	closing sync.Once
	buffers sync.Pool // of *[readSize]byte
	calls   sync.Pool // of *call
}

// Start calls serve, one call at a time, whenever c, which l.NewConn has made, has input,
// until serve closes c. serve is to read until Fill returns ErrWouldBlock, and to close c
// when Fill has returned another error. It is also called when c was interrupted or
// aborted. The Turn is valid during the call. Start must not be called after Close.
func (l *Loop) Start(c *Conn, serve func(*Turn)) {
	c.serve = serve
	if c.raw == nil || !l.poller.start(c) {
		c.mustDrain.Store(true)
		l.conns.Go(c.runAlone)
	}
}

// Close waits until every connection has been closed, and then ends the Loop. It may be
// called again.
func (l *Loop) Close() {
	l.conns.Wait()
	l.closing.Do(l.poller.close)
}

// Deferred is work that is better done once for the input of many connections.
type Deferred interface {
	// Notify has another goroutine do the work. It does not block.
	Notify()
	// TryProcess does the work in the calling goroutine, or calls Notify if another
	// one is at it. It waits for nothing.
	TryProcess()
	// Connections is how many connections the work writes to, about.
	Connections() int
}

// manyConnections is how many connections deferred work may write to before others no
// longer wait for it.
const manyConnections = 256

// A Turn is what a serve function tells the Loop by that it is about to wait, or that there
// is work for later.
type Turn struct {
	poller   *poller    // non-nil: the serve function was called by its leader
	token    uint64     // the poller's state for as long as that one still leads
	alone    bool       // its goroutine serves one connection only
	deferred []Deferred // of such a goroutine
}

// Block is called before the serve function waits for anything but input, or does work
// that takes longer than a millisecond: other connections are then served meanwhile. It
// may be called again. Where it is forgotten, they wait for one to some milliseconds.
func (t *Turn) Block() {
	if t.poller != nil && t.poller.release(t) {
		t.poller.handoff()
	}
	for _, d := range t.deferred {
		d.Notify()
	}
	clear(t.deferred)
	t.deferred = t.deferred[:0]
}

// Defer has d's work done when the input that was ready has been read from all
// connections, and at the latest when the serve function calls Block or returns.
func (t *Turn) Defer(d Deferred) {
	switch {
	case t.poller != nil && t.poller.tryDefer(t, d):
	case t.alone:
		t.deferred = append(t.deferred, d)
	default:
		d.Notify()
	}
}

// flush does the deferred work of a goroutine that serves one connection, after
// goroutines of other connections have had a chance to add theirs.
func (t *Turn) flush() {
	if len(t.deferred) > 0 {
		runtime.Gosched()
		work := first(t.deferred)
		t.deferred = t.deferred[:0]
		work.TryProcess()
	}
}

// first returns the first of the work, to be done by the caller, so that on an idle machine
// no other goroutine has to be woken for it. The rest is done by others. work is cleared.
func first(work []Deferred) Deferred {
	for _, d := range work[1:] {
		d.Notify()
	}
	d := work[0]
	clear(work)
	return d
}
