package main

import (
	"math/bits"
	"time"
)

// A histogram counts durations, up to a quarter of an hour each, in buckets
// that are at most 1/64 as wide as what is in them.
type histogram struct {
	buckets [(longest - fine + 2) << fine]uint32
	count   uint64
}

const (
	fine    = 6  // bits of a bucket's number within its power of two
	longest = 40 // bits of the longest duration in nanoseconds
)

func (h *histogram) add(d time.Duration) {
	h.buckets[bucketOf(d)]++
	h.count++
}

func (h *histogram) merge(other *histogram) {
	for i, n := range other.buckets {
		h.buckets[i] += n
	}
	h.count += other.count
}

// ns returns a quantile in nanoseconds.
func (h *histogram) ns(q float64) float64 { return float64(h.quantile(q).Nanoseconds()) }

// quantile returns the duration that the share q of all durations does not exceed,
// or 0 if there are none.
func (h *histogram) quantile(q float64) time.Duration {
	rank := uint64(q * float64(h.count))
	for i, n := range h.buckets {
		if uint64(n) > rank {
			return middleOf(i)
		}
		rank -= uint64(n)
	}
	return 0
}

// bucketOf returns the bucket of a duration. Below 64 ns each has its own; the others
// are counted by their highest seven bits.
func bucketOf(d time.Duration) int {
	v := uint64(min(max(d, 0), 1<<longest-1))
	shift := max(bits.Len64(v)-fine-1, 0)
	return shift<<fine + int(v>>shift)
}

// middleOf returns the middle of a bucket.
func middleOf(bucket int) time.Duration {
	shift := max(bucket>>fine-1, 0)
	low := time.Duration(bucket-shift<<fine) << shift
	return low + 1<<shift/2
}
