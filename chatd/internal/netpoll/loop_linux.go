//go:build !portable

package netpoll

import (
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sys/unix"
)

// A poller waits for the input of connections in one epoll set. Of its workers one at a
// time leads: it waits, and serves what comes in. The others serve connections that had
// to wait for something else, or are parked. The zero value is ready to use.
type poller struct {
	mu    sync.Mutex
	conns []*Conn   // by descriptor
	set   *epollSet // nil until there is a connection

	state     atomic.Uint64 // what the leader is at: callKind, and above it the number of its calls
	followers chan struct{} // whoever receives leads
	parked    atomic.Int32  // workers that stand by to receive
	workers   sync.WaitGroup
	done      chan struct{} // closed at the end
	armed     atomic.Bool   // the monitor's timer runs
	timer     *time.Timer

	deferring sync.Mutex
	deferred  []Deferred // what serve functions have deferred

	// The leader's.
	events [128]unix.EpollEvent
	n      int                    // of them have happened
	next   int                    // is to be served
	work   []Deferred             // to be done
	passes int                    // how often poll has looked since there was some
	ready  func(set uintptr) bool // poll, made once
}

// What the leader is at.
const (
	waiting  uint64 = iota // for input, or between two calls
	serving                // inside a serve function
	working                // at deferred work
	callKind = 3           // the bits of it
)

// maxParked is how many workers stand by at most.
const maxParked = 16

// start begins to wait for c's input, and reports whether it can.
func (p *poller) start(c *Conn) bool {
	c.polled = true
	c.loop.conns.Add(1)
	if !p.register(c) {
		c.polled = false
		c.loop.conns.Done()
		return false
	}
	if !c.task.Park() {
		c.loop.conns.Go(func() { c.run(new(Turn)) })
	}
	return true
}

// register adds c to the epoll set.
func (p *poller) register(c *Conn) (added bool) {
	p.mu.Lock()
	opened := p.set != nil || p.open()
	p.mu.Unlock()
	if !opened {
		return false
	}
	_ = c.raw.Control(func(fd uintptr) { // fails if c was aborted
		p.insert(c, int(fd))
		added = p.set.add(int(fd)) == nil
	})
	if !added {
		p.remove(c)
	}
	return added
}

// insert notes c's descriptor.
func (p *poller) insert(c *Conn, fd int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if n := fd + 1 - len(p.conns); n > 0 {
		p.conns = append(p.conns, make([]*Conn, n)...)
	}
	p.conns[fd], c.fd = c, fd
}

// remove forgets c. Its descriptor may be another connection's already.
func (p *poller) remove(c *Conn) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if c.fd < len(p.conns) && p.conns[c.fd] == c {
		p.conns[c.fd] = nil
	}
}

// conn returns the connection with a descriptor, or nil if it was closed. After an event
// of an earlier one with it, it may have no input.
func (p *poller) conn(fd int32) *Conn {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.conns[fd]
}

func (p *poller) open() bool {
	set, err := openEpoll()
	if err != nil {
		return false
	}
	p.set, p.ready = set, p.poll
	p.followers, p.done = make(chan struct{}), make(chan struct{})
	p.timer = time.NewTimer(time.Hour)
	p.workers.Go(p.lead)
	p.workers.Go(p.monitor)
	return true
}

// close ends the workers. All connections must have been closed.
func (p *poller) close() {
	p.mu.Lock()
	set := p.set
	p.mu.Unlock()
	if set != nil {
		close(p.done)
		_ = set.file.Close()
		p.workers.Wait()
	}
}

// lead is a worker: it leads until it has handed the loop on, and is parked then.
func (p *poller) lead() {
	for again := true; again; again = p.park() {
		t := &Turn{poller: p}
		for p.step(t) {
		}
	}
}

// park waits until this worker is to lead again. It reports false if there are enough
// others, or at the end.
func (p *poller) park() bool {
	defer p.parked.Add(-1)
	if p.parked.Add(1) > maxParked {
		return false
	}
	select {
	case <-p.followers:
		return true
	case <-p.done:
		return false
	}
}

// handoff has another worker lead. Its caller has won release.
func (p *poller) handoff() {
	select {
	case p.followers <- struct{}{}:
	default:
		p.workers.Go(p.lead)
	}
}

// step serves the next connection that has input, or does the deferred work if it is due.
// It reports whether its caller still leads.
func (p *poller) step(t *Turn) bool {
	if p.next == p.n && p.set.raw.Read(p.ready) != nil {
		return false
	}
	if p.next == 0 && p.workDue() {
		return p.runDeferred(t)
	}
	e := &p.events[p.next]
	p.next++
	c := p.conn(e.Fd)
	if c == nil {
		return true
	}
	if e.Events != unix.EPOLLIN { // its input has ended, or is urgent
		c.mustDrain.Store(true)
	}
	if !c.task.TryRun() {
		return true
	}
	p.begin(t, serving)
	c.run(t)
	return p.release(t)
}

// runDeferred does the first of the deferred work, and reports whether its caller still leads.
func (p *poller) runDeferred(t *Turn) bool {
	work := first(p.work)
	p.work = p.work[:0]
	p.begin(t, working)
	if work.Connections() > manyConnections {
		t.Block()
	}
	work.TryProcess()
	return p.release(t)
}

// begin notes that the leader begins a call.
func (p *poller) begin(t *Turn, kind uint64) {
	t.token = p.state.Load() + callKind + 1 + kind
	p.state.Store(t.token)
	if !p.armed.Load() {
		p.arm()
	}
}

// release ends t's time as the leader's call, and reports whether it was that until now.
func (p *poller) release(t *Turn) bool { return p.state.CompareAndSwap(t.token, t.token&^callKind) }

// tryDefer adds d to what is deferred if t is the leader's call.
func (p *poller) tryDefer(t *Turn, d Deferred) bool {
	p.deferring.Lock()
	defer p.deferring.Unlock()
	if p.state.Load() != t.token {
		return false // whoever leads now may be waiting already
	}
	p.deferred = append(p.deferred, d)
	return true
}

// How often to look for more input before deferred work is done: once for so many
// connections, and at most so often. A look takes a tenth of the time that one's
// write takes, and what leaves together is written together.
const (
	connectionsPerSpin = 6
	maxSpins           = 40
)

// maxPasses is for how many rounds of input deferred work waits at most.
const maxPasses = 4

// poll looks for what has happened. Deferred work is done before anything is waited for:
// by then the input of all connections that were ready has been served.
func (p *poller) poll(set uintptr) bool {
	p.takeDeferred()
	n, _ := unix.EpollWait(int(set), p.events[:], 0)
	for spins := p.spins(); n == 0 && spins > 0; spins-- {
		n, _ = unix.EpollWait(int(set), p.events[:], 0)
	}
	p.next, p.n = 0, max(n, 0)
	p.passes++
	return p.n > 0 || len(p.work) > 0
}

// takeDeferred takes what serve functions have deferred.
func (p *poller) takeDeferred() {
	if len(p.work) == 0 {
		p.passes = 0
	}
	p.deferring.Lock()
	p.work = append(p.work, p.deferred...)
	clear(p.deferred)
	p.deferred = p.deferred[:0]
	p.deferring.Unlock()
}

// spins returns how often to look.
func (p *poller) spins() int {
	connections := 0
	for _, d := range p.work {
		connections += d.Connections()
	}
	return min(connections/connectionsPerSpin, maxSpins)
}

// workDue reports whether deferred work is to be done now.
func (p *poller) workDue() bool { return len(p.work) > 0 && (p.n == 0 || p.passes >= maxPasses) }
