package client

import (
	"context"
	"sync"
)

// limits are how many bytes may be kept for the program.
type limits struct {
	soft  int // of events, until no more is read from the server
	hard  int // of events, until the requests fail that have it read on
	reply int // of one reply
}

var usualLimits = limits{soft: 1 << 20, hard: 64 << 20, reply: 64 << 20}

// A eventQueue holds the events that were not taken yet, in order. Its mutex is
// the innermost: nothing else is locked under it.
type eventQueue struct {
	mu       sync.Mutex
	changed  sync.Cond
	limits   limits
	queue    []Event
	size     int           // what the events weigh
	awaited  int           // requests that wait for their replies
	finished bool          // no more events come
	closed   bool          // nobody takes them any more
	closing  chan struct{} // closed with closed
}

func (m *eventQueue) init(l limits) {
	m.limits = l
	m.changed.L = &m.mu
	m.closing = make(chan struct{})
}

// push adds an event. It never waits.
func (m *eventQueue) push(e Event) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.closed || m.finished {
		return
	}
	m.merge(e)
	m.queue = append(m.queue, e)
	m.size += weigh(e)
	m.changed.Broadcast()
}

// merge drops what e makes old: of a connection that is tried in vain one
// StateChange to Lost is enough.
func (m *eventQueue) merge(e Event) {
	change, ok := e.(StateChange)
	n := len(m.queue)
	if !ok || change.To != Lost || n < 2 {
		return
	}
	tried, ok1 := m.queue[n-1].(StateChange)
	lost, ok2 := m.queue[n-2].(StateChange)
	if ok1 && ok2 && tried.To == Connecting && lost.To == Lost {
		m.size -= weigh(tried) + weigh(lost)
		m.queue = m.queue[:n-2]
	}
}

// await counts the requests that wait.
func (m *eventQueue) await(change int) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.awaited += change
	m.changed.Broadcast()
}

// throttle waits until more may be read from the server, or ctx ends, whose end
// must be followed by a call of wakeAll. It reports whether so much waits that
// the requests have to fail.
func (m *eventQueue) throttle(ctx context.Context) (overflow bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for {
		switch {
		case m.size < m.limits.soft || m.closed || ctx.Err() != nil:
			return false
		case m.awaited > 0:
			return m.size >= m.limits.hard
		}
		m.changed.Wait()
	}
}

// wakeAll has whoever waits look again.
func (m *eventQueue) wakeAll() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.changed.Broadcast()
}

// clear drops what waits.
func (m *eventQueue) clear() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.queue, m.size = nil, 0
}

// finish says that no more events come; those that there are can be taken.
func (m *eventQueue) finish() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.finished = true
	m.changed.Broadcast()
}

// close drops all events.
func (m *eventQueue) close() {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.closed {
		return
	}
	m.closed, m.queue, m.size = true, nil, 0
	close(m.closing)
	m.changed.Broadcast()
}

// deliver sends the events to out, and closes it at the end.
func (m *eventQueue) deliver(out chan<- Event) {
	defer close(out)
	for {
		e, ok := m.next()
		if !ok {
			return
		}
		select {
		case out <- e:
		case <-m.closing:
			return
		}
	}
}

// next takes the first event. It waits for one; false: there will be none.
func (m *eventQueue) next() (Event, bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for len(m.queue) == 0 {
		if m.finished || m.closed {
			return nil, false
		}
		m.changed.Wait()
	}
	e := m.queue[0]
	m.queue[0] = nil
	m.queue = m.queue[1:]
	m.size -= weigh(e)
	m.changed.Broadcast()
	return e, true
}
