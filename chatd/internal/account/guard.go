package account

import (
	"sync"
	"time"
)

// How wrong passwords and keys are slowed down (protocol.md, "Guesses").
const (
	originTries  = 10 // wrong ones of one origin, for all names
	originWindow = 5 * time.Minute
	nameTries    = 5 // wrong ones of one origin for one name, before each costs a wait
	firstWait    = 15 * time.Second
	longestWait  = 15 * time.Minute
	forgetAfter  = time.Hour
	maxTracked   = 1 << 16 // origins, and pairs of origin and name, of each of two generations
)

// A guard slows down who guesses passwords and keys: by origin, and by origin and name
// together, never by name alone, or a stranger could lock its owner out. A try counts as
// wrong until it turns out to be right, so that tries at the same time are counted, too.
type guard struct {
	mu      sync.Mutex
	origins generations[string, *window]
	names   generations[pair, *streak]
}

type pair struct{ origin, name string }

// A window counts the wrong tries of an origin since the first of them.
type window struct {
	since   time.Time
	wrong   int
	pending int // of them may turn out to be right
}

// A streak is wrong tries in a row at one name.
type streak struct {
	wrong   int
	pending int // of them may turn out to be right
	last    time.Time
	next    time.Time // when the next try is allowed
}

// try counts a try. It returns a *WaitError if it is too early for one, or ErrBusy if it is
// so only because of tries that are not decided yet; else end is to be called when this one
// is, with true if it is right, or was none.
func (g *guard) try(from, name string) (end func(right bool), err error) {
	now := time.Now()
	g.mu.Lock()
	defer g.mu.Unlock()
	w := g.origins.get(from)
	if w == nil || now.Sub(w.since) >= originWindow {
		w = &window{since: now}
	}
	p := pair{from, name}
	s := g.names.get(p)
	if s == nil || now.Sub(s.last) >= forgetAfter {
		s = &streak{}
	}
	if wait := max(w.wait(now), s.next.Sub(now)); wait > 0 {
		if w.wrong-w.pending < originTries && s.wrong-s.pending < nameTries {
			return nil, ErrBusy
		}
		return nil, &WaitError{wait}
	}
	before := s.wrong
	s.fail(now)
	w.wrong, w.pending, s.pending = w.wrong+1, w.pending+1, s.pending+1
	g.origins.put(from, w)
	g.names.put(p, s)
	return func(right bool) { g.end(p, w, s, before, right) }, nil
}

// wrongTries returns how many tries of an origin were wrong, of late.
func (g *guard) wrongTries(from string) int {
	g.mu.Lock()
	defer g.mu.Unlock()
	w := g.origins.get(from)
	if w == nil || time.Since(w.since) >= originWindow {
		return 0
	}
	return w.wrong - w.pending
}

// end decides a try. One that is right is taken back, and the streak ends with it, unless
// others are under way that have made it longer meanwhile.
func (g *guard) end(p pair, w *window, s *streak, before int, right bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	w.pending, s.pending = w.pending-1, s.pending-1
	if !right {
		return
	}
	w.wrong--
	if s := g.names.get(p); s != nil && s.wrong <= before+1 {
		g.names.put(p, nil)
	}
}

// wait returns how long it is until another try is allowed.
func (w *window) wait(now time.Time) time.Duration {
	if w.wrong < originTries {
		return 0
	}
	return w.since.Add(originWindow).Sub(now)
}

// fail counts a wrong try. From the fifth on each doubles the wait.
func (s *streak) fail(now time.Time) {
	s.wrong++
	s.last = now
	if extra := s.wrong - nameTries; extra >= 0 {
		s.next = now.Add(min(longestWait, firstWait<<min(extra, 10)))
	}
}

// A generations is a map that forgets what has not been used for long: when the new
// generation is full, the one before it is dropped. The zero value is ready.
type generations[K comparable, V any] struct{ current, previous map[K]V }

func (g *generations[K, V]) get(k K) V {
	if v, ok := g.current[k]; ok {
		return v
	}
	return g.previous[k]
}

func (g *generations[K, V]) put(k K, v V) {
	if g.current == nil || len(g.current) >= maxTracked {
		g.previous, g.current = g.current, make(map[K]V)
	}
	g.current[k] = v
}
