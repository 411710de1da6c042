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
	fine    = 6  // bits of a bucket's number that tell it within its power of two
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

// quantile returns the duration that the share q of all durations does not
// exceed, or 0 when there is none.
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

// bucketOf returns where a duration is counted: those below 64 ns one by one,
// the others by their highest seven bits.
func bucketOf(d time.Duration) int {
	v := uint64(min(max(d, 0), 1<<longest-1))
	shift := max(bits.Len64(v)-fine-1, 0)
	return shift<<fine + int(v>>shift)
}

// middleOf is the middle of a bucket.
func middleOf(bucket int) time.Duration {
	shift := max(bucket>>fine-1, 0)
	low := time.Duration(bucket-shift<<fine) << shift
	return low + 1<<shift/2
}
