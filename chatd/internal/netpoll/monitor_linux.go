//go:build !portable

package netpoll

import "time"

// How long the leader may be in one call, in the monitor's ticks: one that serves, and one
// that does deferred work, which waits for nothing but writes to many.
const (
	tick     = time.Millisecond
	maxServe = 1
	maxWork  = 16
)

// monitor hands the loop on when its leader has been in one call for too long, so that a
// serve function that waits without having called Block holds up others no longer than
// that. Its timer runs only while there is something to serve.
func (p *poller) monitor() {
	defer p.timer.Stop()
	var seen uint64
	for ticks := 0; p.tick(); {
		state := p.state.Load()
		if state != seen {
			seen, ticks = state, 0
		} else {
			ticks++
		}
		switch kind := state & callKind; {
		case ticks == 0:
		case kind == waiting:
			p.armed.Store(false)
			if p.state.Load() == state || !p.armed.CompareAndSwap(false, true) {
				continue // the next call arms it
			}
		case kind == serving && ticks >= maxServe, ticks >= maxWork:
			if p.state.CompareAndSwap(state, state&^callKind) {
				p.handoff()
			}
		}
		p.timer.Reset(tick)
	}
}

// tick waits for the timer. It reports false at the end.
func (p *poller) tick() bool {
	select {
	case <-p.timer.C:
		return true
	case <-p.done:
		return false
	}
}

// arm has the monitor's timer run.
func (p *poller) arm() {
	if p.armed.CompareAndSwap(false, true) {
		p.timer.Reset(tick)
	}
}
