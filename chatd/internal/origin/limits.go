package origin

import (
	"math"
	"time"

	"golang.org/x/time/rate"
)

// A Kind is one of the things that an origin has limits of.
type Kind int

// The kinds (protocol.md, "Limits").
const (
	Lines      Kind = iota // from clients, by what their commands cost
	Bytes                  // of posts that are kept
	DayBytes               // likewise, over a day
	Deliveries             // of posts, to the members of a room
	Creates                // of rooms
	Registers              // of accounts
	Connects               // of new connections
	Tells                  // of private lines to one person
	kinds
)

// A Limit is so many at once, and after that so many a second. The zero value is no limit.
type Limit struct {
	Burst     int
	PerSecond float64
	Strict    bool // also for those who are exempt
}

// Limits has the limit of each kind for the guests at one address.
type Limits [kinds]Limit

// privileged is how many times as much as the guests at an address the accounts there have,
// and as an IPv6 network the site that it is in.
const privileged = 4

// of returns the limit of a kind for an origin.
func (l *Limits) of(kind Kind, exempt bool, times int) (limit Limit, limited bool) {
	limit = l[kind]
	limit.Burst = min(limit.Burst, math.MaxInt/times) * times
	limit.PerSecond *= float64(times)
	return limit, limit.Burst > 0 && (limit.Strict || !exempt)
}

// bucket returns a full bucket of a limit.
func (l Limit) bucket() *rate.Limiter { return rate.NewLimiter(rate.Limit(l.PerSecond), l.Burst) }

// fillTime returns how long a bucket takes until n are available.
func (l Limit) fillTime(n float64) time.Duration {
	return time.Duration(n / l.PerSecond * float64(time.Second))
}
