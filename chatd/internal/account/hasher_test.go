package account

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// A load is many calls of a hasher at once, each of which takes a second.
type load struct {
	h             *hasher
	wg            sync.WaitGroup
	running, peak atomic.Int32
	done, busy    atomic.Int32
	mu            sync.Mutex
	order         []string
}

func (l *load) call(ctx context.Context, from string, wrong int) {
	l.wg.Go(func() {
		err := l.h.run(ctx, from, wrong, func() {
			n := l.running.Add(1)
			for old := l.peak.Load(); n > old && !l.peak.CompareAndSwap(old, n); old = l.peak.Load() {
			}
			l.mu.Lock()
			l.order = append(l.order, from)
			l.mu.Unlock()
			time.Sleep(time.Second)
			l.running.Add(-1)
		})
		switch {
		case err == nil:
			l.done.Add(1)
		case errors.Is(err, ErrBusy):
			l.busy.Add(1)
		}
	})
}

func TestHasherIsBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := &load{h: newHasher()}
		l.h.max = 2
		for i := range 1000 {
			l.call(t.Context(), fmt.Sprint(i), 0)
		}
		l.wg.Wait()
		if l.peak.Load() != 2 || l.done.Load() != 2+maxWaiting || l.busy.Load() != 1000-2-maxWaiting {
			t.Errorf("%d at a time, %d done, %d refused", l.peak.Load(), l.done.Load(), l.busy.Load())
		}
		if l.h.running != 0 || l.h.waiting != 0 || len(l.h.origins) != 0 || len(l.h.next) != 0 {
			t.Errorf("something is left: %+v", l.h)
		}
	})
}

// An origin that asks for much has its turns between those of others.
func TestOriginsTakeTurns(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := &load{h: newHasher()}
		l.h.max = 1
		for range 2 * maxPerOrigin {
			l.call(t.Context(), "greedy", 0)
		}
		synctest.Wait()
		l.call(t.Context(), "b", 0)
		l.call(t.Context(), "c", 0)
		l.wg.Wait()
		if busy := l.busy.Load(); busy != maxPerOrigin {
			t.Errorf("%d of one origin were refused", busy)
		}
		if got := fmt.Sprint(l.order[:6]); got != "[greedy greedy b c greedy greedy]" && got != "[greedy greedy c b greedy greedy]" {
			t.Errorf("turns: %s", got)
		}
	})
}

// Those with fewer wrong tries come first. When as many wait as may, the last of those with
// most gives way to one with fewer.
func TestWrongTriesGiveWay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := &load{h: newHasher()}
		l.h.max = 1
		call := func(from string, wrong int) {
			l.call(t.Context(), from, wrong)
			synctest.Wait()
		}
		call("first", 0)
		for n := range maxWaiting - 1 {
			call(fmt.Sprint(n), 1)
		}
		call("worst", 2)
		for n, wrong := range []int{2, 1, 1, 0} { // the second takes the place of the worst, the last that of another
			call(fmt.Sprint("late", n), wrong)
		}
		l.wg.Wait()
		if l.busy.Load() != 4 || slices.Contains(l.order, "worst") {
			t.Errorf("%d gave way or were refused, and their turns had %v", l.busy.Load(), l.order)
		}
		if got := fmt.Sprint(l.order[:3]); got != "[first late3 0]" {
			t.Errorf("the first turns: %s", got)
		}
		if l.h.running != 0 || l.h.waiting != 0 || len(l.h.origins) != 0 || len(l.h.next) != 0 {
			t.Errorf("something is left: %+v", l.h)
		}
	})
}

// Who has gone while it waited has no turn, and leaves its place to others.
func TestGivingUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := &load{h: newHasher()}
		l.h.max = 1
		l.call(t.Context(), "a", 0)
		synctest.Wait()
		ctx, cancel := context.WithCancel(t.Context())
		for i := range maxWaiting {
			l.call(ctx, fmt.Sprint(i), 0)
		}
		synctest.Wait()
		cancel()
		synctest.Wait()
		l.call(t.Context(), "b", 0)
		l.wg.Wait()
		if l.done.Load() != 2 || l.h.waiting != 0 || len(l.h.origins) != 0 {
			t.Errorf("%d done, %+v", l.done.Load(), l.h)
		}
	})
}
