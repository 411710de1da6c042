//go:build !portable

package netpoll

import "time"

// How often the monitor looks at the leader: first, and when it has suspicions; and on a
// busy Loop, where a timer that wakes another thread every millisecond costs a twentieth.
const (
	minTick = time.Millisecond
	maxTick = 8 * time.Millisecond
)

// maxWork is in how many ticks the leader may be seen at the same deferred work, which waits
// for nothing but writes to many, before the loop is handed on.
const maxWork = 16

// monitor hands the loop on when its leader has been in one call from one tick to the next,
// so that a serve function that waits without having called Block holds up others no
// longer than that. Its timer runs only while there is something to serve.
func (p *poller) monitor() {
	defer p.timer.Stop()
	seen, wait, stuck := uint64(0), minTick, 0
	for p.tick() {
		state := p.state.Load()
		switch kind := state & callKind; {
		case state != seen:
			seen, wait, stuck = state, min(2*wait, maxTick), 0
		case kind == waiting:
			wait = minTick
			p.armed.Store(false)
			if p.state.Load() == state || !p.armed.CompareAndSwap(false, true) {
				continue // the next call arms it
			}
		default:
			wait = minTick
			stuck++
			if (kind == serving || stuck >= maxWork) && p.state.CompareAndSwap(state, state&^callKind) {
				p.handoff()
			}
		}
		p.timer.Reset(wait)
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

// arm starts the monitor's timer, unless it runs.
func (p *poller) arm() {
	if p.armed.CompareAndSwap(false, true) {
		p.timer.Reset(minTick)
	}
}
