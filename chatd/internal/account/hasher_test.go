package account

import (
	"context"
	"errors"
	"fmt"
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

func (l *load) call(ctx context.Context, from string) {
	l.wg.Go(func() {
		err := l.h.run(ctx, from, func() {
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
			l.call(t.Context(), fmt.Sprint(i))
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
			l.call(t.Context(), "greedy")
		}
		synctest.Wait()
		l.call(t.Context(), "b")
		l.call(t.Context(), "c")
		l.wg.Wait()
		if busy := l.busy.Load(); busy != maxPerOrigin {
			t.Errorf("%d of one origin were refused", busy)
		}
		if got := fmt.Sprint(l.order[:6]); got != "[greedy greedy b c greedy greedy]" && got != "[greedy greedy c b greedy greedy]" {
			t.Errorf("turns: %s", got)
		}
	})
}

// Who has gone while it waited has no turn, and leaves its place to others.
func TestGivingUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := &load{h: newHasher()}
		l.h.max = 1
		l.call(t.Context(), "a")
		synctest.Wait()
		ctx, cancel := context.WithCancel(t.Context())
		for i := range maxWaiting {
			l.call(ctx, fmt.Sprint(i))
		}
		synctest.Wait()
		cancel()
		synctest.Wait()
		l.call(t.Context(), "b")
		l.wg.Wait()
		if l.done.Load() != 2 || l.h.waiting != 0 || len(l.h.origins) != 0 {
			t.Errorf("%d done, %+v", l.done.Load(), l.h)
		}
	})
}
