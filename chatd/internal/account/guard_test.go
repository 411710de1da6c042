package account

import (
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"
)

// wait returns for how long a try has to wait; 0: it was counted, as a wrong one.
func (g *guard) wait(from, name string) time.Duration {
	end, err := g.try(from, name)
	if err == nil {
		end(false)
	}
	var wait *WaitError
	if errors.As(err, &wait) {
		return wait.Wait
	}
	return 0
}

// wrong has from try name wrongly until it has to wait, at most n times, and returns how
// often it could.
func (g *guard) wrong(from, name string, n int) (tries int) {
	for tries < n && g.wait(from, name) == 0 {
		tries++
	}
	return tries
}

func TestGuessesAtOneName(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var g guard
		if n := g.wrong("a", "alice", 100); n != nameTries {
			t.Fatalf("%d tries at once", n)
		}
		if n := g.wrong("b", "alice", 100); n != nameTries {
			t.Errorf("another origin has %d tries at the name", n)
		}
		time.Sleep(2 * forgetAfter)
		if n := g.wrong("a", "alice", 100); n != nameTries {
			t.Errorf("%d tries after a long time", n)
		}
	})
}

// From the fifth wrong try on each doubles the wait, up to the longest.
func TestWaitsDouble(t *testing.T) {
	var s streak
	now := time.Now()
	for range nameTries - 1 {
		s.fail(now)
	}
	if !s.next.IsZero() {
		t.Errorf("a wait after %d wrong tries", s.wrong)
	}
	for want := firstWait; want < 4*longestWait; want *= 2 {
		s.fail(now)
		if wait := s.next.Sub(now); wait != min(want, longestWait) {
			t.Errorf("%d wrong tries: wait %v, want %v", s.wrong, wait, want)
		}
	}
}

func TestGuessesAtManyNames(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var g guard
		tries := 0
		for i := range 100 {
			tries += g.wrong("a", fmt.Sprint(i), 1)
		}
		if tries != originTries {
			t.Errorf("%d tries of one origin", tries)
		}
		if wait := g.wait("a", "x"); wait != originWindow {
			t.Errorf("wait %v", wait)
		}
		time.Sleep(originWindow)
		if n := g.wrong("a", "y", 1); n != 1 {
			t.Error("no try in the next window")
		}
	})
}

// Who is right is not slowed down, however often, and not by what others guess.
func TestRight(t *testing.T) {
	var g guard
	for i := range 1000 {
		g.wrong("stranger", "alice", 10)
		end, err := g.try("a", "alice")
		if err != nil {
			t.Fatalf("login %d: %v", i, err)
		}
		end(true)
	}
	g.wrong("a", "alice", nameTries-1)
	end, err := g.try("a", "alice")
	if err != nil {
		t.Fatal(err)
	}
	end(true)
	if n := g.wrong("a", "alice", 100); n != nameTries {
		t.Errorf("%d tries after a right one", n)
	}
}

// Tries at the same time count before their outcome is known, and are no reason yet to slow
// anybody down for long: they may all be right.
func TestTriesAtOnceCount(t *testing.T) {
	for _, right := range []bool{true, false} {
		for _, names := range []int{1, originTries} {
			var g guard
			var ends []func(bool)
			for i := range map[bool]int{true: nameTries, false: originTries}[names == 1] {
				end, err := g.try("a", fmt.Sprint(i%names))
				if err != nil {
					t.Fatal(err)
				}
				ends = append(ends, end)
			}
			if _, err := g.try("a", "0"); err != ErrBusy {
				t.Errorf("one more while others are under way: %v", err)
			}
			for _, end := range ends {
				end(right)
			}
			if allowed := g.wait("a", "0") == 0; allowed != right {
				t.Errorf("%d at %d names that were right, %v: another is allowed, %v", len(ends), names, right, allowed)
			}
		}
	}
}

// However many origins guess, memory is bounded.
func TestGuardIsBounded(t *testing.T) {
	var g guard
	for i := range 5 * maxTracked {
		g.wait(fmt.Sprint(i), "alice")
	}
	if n := len(g.origins.current) + len(g.origins.previous); n > 2*maxTracked {
		t.Errorf("%d origins", n)
	}
	if n := len(g.names.current) + len(g.names.previous); n > 2*maxTracked {
		t.Errorf("%d pairs", n)
	}
}
