package ui

import "time"

// What the bell rings for.
const (
	bellOff = "off"
	bellOn  = "on"  // mentions and private lines
	bellAll = "all" // every post
)

// bellInterval is how long the bell is silent after it has rung.
const bellInterval = 3 * time.Second

// A bell rings at most once in bellInterval.
type bell struct {
	mode     string
	lastRing time.Time
}

// allow reports whether the bell may ring now, and notes that it does.
func (b *bell) allow(mention bool, now time.Time) bool {
	if b.mode == bellOff || b.mode == bellOn && !mention || now.Sub(b.lastRing) < bellInterval {
		return false
	}
	b.lastRing = now
	return true
}
