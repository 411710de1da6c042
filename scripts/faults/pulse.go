package main

import (
	"sync"
	"time"
)

// A pulse measures for how long something does not happen that happens all the time. Any
// goroutine may use it. It begins with reset.
type pulse struct {
	mu      sync.Mutex
	last    time.Time
	longest time.Duration
}

// beat notes that it has happened.
func (p *pulse) beat() {
	p.mu.Lock()
	defer p.mu.Unlock()
	now := time.Now()
	p.longest = max(p.longest, now.Sub(p.last))
	p.last = now
}

// reset begins anew, as if it had just happened.
func (p *pulse) reset() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.last, p.longest = time.Now(), 0
}

// since reports whether it has happened after a time.
func (p *pulse) since(t time.Time) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.last.After(t)
}

// pause returns the longest time, since reset, in which it did not happen.
func (p *pulse) pause() time.Duration {
	p.mu.Lock()
	defer p.mu.Unlock()
	return max(p.longest, time.Since(p.last))
}
