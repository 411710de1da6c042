package ui

import "time"

// What the bell rings for.
const (
	bellOff = "off"
	bellOn  = "on"  // what is meant for the person
	bellAll = "all" // every post
)

// bellInterval is how long the bell is silent after it has rung.
const bellInterval = 3 * time.Second

// A bell rings not too often.
type bell struct {
	mode     string
	lastRing time.Time
}

// allow reports whether the bell is to be rung for something that comes now.
func (b *bell) allow(meant bool, now time.Time) bool {
	if b.mode == bellOff || b.mode == bellOn && !meant || now.Sub(b.lastRing) < bellInterval {
		return false
	}
	b.lastRing = now
	return true
}
