package origin

import (
	"time"

	"golang.org/x/time/rate"
)

// Key returns the origin's key.
func (o *Origin) Key() Key { return o.key }

// Exempt reports whether limits that are not Strict are lifted for the origin.
func (o *Origin) Exempt() bool { return o.exempt }

// Reserve takes n of a kind, which may be more than a burst, and returns how long to wait before
// they are used. It takes no lock where there is no limit.
func (o *Origin) Reserve(kind Kind, n int) (wait time.Duration) {
	b := o.bucket(kind)
	if b == nil {
		return 0 // and the parent does not pay either
	}
	now := time.Now()
	for n, most := n, b.Burst(); n > 0; n -= most {
		wait = b.ReserveN(now, min(n, most)).DelayFrom(now)
	}
	if o.parent != nil {
		wait = max(wait, o.parent.Reserve(kind, n))
	}
	return wait
}

// GiveBack gives n of a kind back that were reserved and are not used.
func (o *Origin) GiveBack(kind Kind, n int) {
	b := o.bucket(kind)
	if b == nil {
		return
	}
	// Not by Reservation.Cancel, which gives back only what nobody has reserved anything behind.
	b.ReserveN(time.Now(), -n)
	if o.parent != nil {
		o.parent.GiveBack(kind, n)
	}
}

// Wait returns how long it is until one of a kind can be taken. It takes nothing.
func (o *Origin) Wait(kind Kind) (wait time.Duration) {
	limit, limited := o.limit(kind)
	if !limited {
		return 0
	}
	wait = max(0, limit.fillTime(1-o.bucket(kind).Tokens()))
	if o.parent != nil {
		wait = max(wait, o.parent.Wait(kind))
	}
	return wait
}

// Begin returns 0 if one of a kind can be taken beside those that have begun, and End is to be
// called when that is decided. Else it returns how long to wait before it is tried again.
func (o *Origin) Begin(kind Kind) (wait time.Duration) {
	limit, limited := o.limit(kind)
	if !limited {
		return 0
	}
	begun := o.begun[kind].Add(1)
	wait = max(0, limit.fillTime(float64(begun)-o.bucket(kind).Tokens()))
	if wait == 0 && o.parent != nil {
		wait = o.parent.Begin(kind)
	}
	if wait > 0 {
		o.begun[kind].Add(-1)
	}
	return wait
}

// End ends what Begin has allowed, and takes one if it was done.
func (o *Origin) End(kind Kind, done bool) {
	if _, limited := o.limit(kind); !limited {
		return
	}
	if done {
		o.bucket(kind).ReserveN(time.Now(), 1)
	}
	o.begun[kind].Add(-1)
	if o.parent != nil {
		o.parent.End(kind, done)
	}
}

// PerSecond returns how many of a kind a second the limit allows.
func (o *Origin) PerSecond(kind Kind) int {
	limit, _ := o.limit(kind)
	return int(limit.PerSecond)
}

// Left returns the limit of a kind, and how many of it are left to the origin and to its
// parent. Limited is false where there is none.
func (o *Origin) Left(kind Kind) (limit Limit, left int, limited bool) {
	limit, limited = o.limit(kind)
	if !limited {
		return Limit{}, 0, false
	}
	left = max(0, int(o.bucket(kind).Tokens()))
	if o.parent != nil {
		_, leftToParent, _ := o.parent.Left(kind)
		left = min(left, leftToParent)
	}
	return limit, left, true
}

func (o *Origin) limit(kind Kind) (limit Limit, limited bool) {
	return o.table.limits.of(kind, o.exempt, o.times)
}

// bucket returns what is used of a kind, or nil if there is no limit. It is made when it is
// first needed.
func (o *Origin) bucket(kind Kind) *rate.Limiter {
	if b := o.buckets[kind].Load(); b != nil {
		return b
	}
	limit, limited := o.limit(kind)
	if !limited {
		return nil
	}
	o.buckets[kind].CompareAndSwap(nil, limit.bucket())
	return o.buckets[kind].Load()
}
