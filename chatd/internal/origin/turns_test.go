package origin

import (
	"context"
	"fmt"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// posting is a backlog that has posts or none.
type posting struct{ atomic.Bool }

func (p *posting) PostsWait() bool { return p.Load() }

// asking is origins that ask for turns.
type asking struct {
	t     *testing.T
	turns *Turns
	table *Table

	begun []*Turn // by begin

	mu    sync.Mutex
	given []string // who has had turns, in order
}

func ask(t *testing.T, places int, backlog Backlog) *asking {
	return &asking{t: t, turns: NewTurns(places, backlog), table: NewTable(Limits{}, nil)}
}

func (a *asking) origin(n int) *Origin {
	return a.table.Acquire(of(fmt.Sprintf("192.0.2.%d:5", n)))
}

// begin asks for a turn, which it must get at once.
func (a *asking) begin(n int) {
	a.t.Helper()
	began := time.Now()
	turn, err := a.turns.Begin(a.t.Context(), a.origin(n))
	if err != nil || time.Since(began) > 0 {
		a.t.Fatalf("a turn of origin %d: %v after %v", n, err, time.Since(began))
	}
	a.begun = append(a.begun, turn)
}

// end ends the first turn that began with begin.
func (a *asking) end() {
	a.begun[0].End()
	a.begun = a.begun[1:]
}

// wait asks for the turn called "n-name", behind those that have asked before, and ends it
// after a second.
func (a *asking) wait(ctx context.Context, n int, name string) {
	a.waitOf(ctx, a.origin(n), fmt.Sprint(n, "-", name), time.Second)
}

func (a *asking) waitOf(ctx context.Context, o *Origin, name string, length time.Duration) {
	go func() {
		turn, err := a.turns.Begin(ctx, o)
		if err != nil {
			return
		}
		a.mu.Lock()
		a.given = append(a.given, name)
		a.mu.Unlock()
		time.Sleep(length)
		turn.End()
	}()
	synctest.Wait()
}

// after a time, wants that those have had turns, and in this order.
func (a *asking) after(d time.Duration, want string) {
	a.t.Helper()
	time.Sleep(d)
	synctest.Wait()
	a.mu.Lock()
	defer a.mu.Unlock()
	if got := strings.Join(a.given, " "); got != want {
		a.t.Errorf("turns were given to %q, want %q", got, want)
	}
}

// idle wants that nobody has a place or waits, and nothing is remembered.
func (a *asking) idle(places int) {
	a.t.Helper()
	t := a.turns
	if t.free != places || t.turn.Len() > 0 || len(t.origins) > 0 || len(t.used) > 0 || t.overdue != 0 || t.waiting.Load() != 0 {
		a.t.Errorf("%d places are free, %d and %d origins wait, %d overdue", t.free, t.turn.Len(), len(t.origins), t.overdue)
	}
}

// Whoever asks often gets no more than the others: an origin's second turn comes after the
// first of everybody.
func TestTurnsGoRound(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := ask(t, 1, nil)
		a.begin(1)
		for _, name := range []string{"a", "b", "c", "d"} {
			a.wait(t.Context(), 1, name)
		}
		a.wait(t.Context(), 2, "a")
		a.wait(t.Context(), 3, "a")
		a.wait(t.Context(), 2, "b")
		a.end()
		a.after(10*time.Second, "1-a 2-a 3-a 1-b 2-b 1-c 1-d")
		a.idle(1)
	})
}

// Turns are shared out by how long they are: an origin with short reads does not wait for a
// long one of another before each of them, whoever began.
func TestShortTurnsComeFirst(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := ask(t, 1, nil)
		a.begin(9)
		for _, name := range []string{"a", "b"} {
			a.wait(t.Context(), 1, name)
		}
		for _, name := range []string{"a", "b", "c"} {
			for n := 2; n <= 3; n++ {
				a.waitOf(t.Context(), a.origin(n), fmt.Sprint(n, "-", name), 10*time.Millisecond)
			}
		}
		a.end()
		a.after(time.Minute, "1-a 2-a 3-a 2-b 3-b 2-c 3-c 1-b")
		a.idle(1)
	})
}

// The networks of a site have their turns together, and so have the accounts at an address,
// beside the guests there.
func TestTurnsOfASite(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := ask(t, 1, nil)
		a.begin(1)
		for n := range 3 {
			a.waitOf(t.Context(), a.table.Acquire(of(fmt.Sprintf("[2001:db8:0:%d::1]:5", n))), fmt.Sprint("net", n), time.Second)
			a.waitOf(t.Context(), a.table.Acquire(of("192.0.2.1:5").With(uint64(n+1))), fmt.Sprint("account", n), time.Second)
		}
		a.wait(t.Context(), 1, "guest")
		a.end()
		a.after(10*time.Second, "net0 account0 1-guest net1 account1 net2 account2")
		a.idle(1)
	})
}

func TestTurnsAtATime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := ask(t, 3, nil)
		for n := range 3 {
			a.begin(n)
		}
		a.wait(t.Context(), 1, "a")
		a.wait(t.Context(), 2, "a")
		a.after(time.Minute, "")
		a.end()
		a.after(0, "1-a")
		a.end()
		a.end()
		a.after(time.Second, "1-a 2-a")
		a.idle(3)
	})
}

// A wait ends with its ctx, also where the turn has just come, and is not remembered.
func TestTurnsGivenUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := ask(t, 1, nil)
		a.begin(1)
		ctx, cancel := context.WithCancel(t.Context())
		a.wait(ctx, 1, "a")
		a.wait(ctx, 2, "a")
		a.wait(t.Context(), 2, "b")
		cancel()
		synctest.Wait()
		if n := a.turns.waiting.Load(); n != 1 {
			t.Errorf("%d wait", n)
		}
		if _, err := a.turns.Begin(ctx, a.origin(3)); err != context.Canceled {
			t.Errorf("who gives up at once: %v", err)
		}
		late := a.turns.enqueue(a.origin(4))
		a.end()
		a.after(time.Second, "2-b")
		a.turns.abandon(late) // which had its turn by then
		a.idle(1)
	})
}

// While posts wait, reads do not begin, until one has waited for 20 ms: then all go on, in
// turn.
func TestPostsComeBeforeTurns(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		posts := new(posting)
		a := ask(t, 1, posts)
		posts.Store(true)
		a.wait(t.Context(), 1, "a")
		a.wait(t.Context(), 1, "b")
		a.wait(t.Context(), 2, "a")
		a.after(patience-1, "")
		posts.Store(false)
		a.turns.PostsTaken()
		a.after(0, "1-a")
		posts.Store(true)
		a.after(5*time.Second, "1-a 2-a 1-b") // they are overdue
		a.wait(t.Context(), 3, "a")
		a.after(patience-1, "1-a 2-a 1-b")
		a.after(1, "1-a 2-a 1-b 3-a")
		a.after(time.Second, "1-a 2-a 1-b 3-a")
		a.idle(1)
	})
}

// Where posts go on and on, a read waits for them once, and not once for each that is before it.
func TestTurnsAreOverdueTogether(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		posts := new(posting)
		posts.Store(true)
		a := ask(t, 1, posts)
		for n := range 100 {
			go func() {
				if turn, err := a.turns.Begin(t.Context(), a.origin(n)); err == nil {
					turn.End()
				}
			}()
		}
		synctest.Wait()
		time.Sleep(patience)
		synctest.Wait()
		a.idle(1)
	})
}

// Places are never more than there are, and each is given back, whoever gives up.
func TestTurnsAtRandom(t *testing.T) {
	const places = 3
	posts := new(posting)
	a := ask(t, places, posts)
	var busy atomic.Int32
	var wg sync.WaitGroup
	for n := range 40 {
		wg.Go(func() {
			o := a.origin(n % 7)
			for i := range 50 {
				ctx, cancel := context.WithCancel(t.Context())
				if i%3 == 0 {
					go cancel()
				}
				if i%5 == n%5 {
					posts.Store(!posts.Load())
					a.turns.PostsTaken()
				}
				if turn, err := a.turns.Begin(ctx, o); err == nil {
					if n := busy.Add(1); n > places {
						t.Errorf("%d turns at a time", n)
					}
					runtime.Gosched() // others begin meanwhile
					busy.Add(-1)
					turn.End()
				}
				cancel()
			}
		})
	}
	wg.Wait()
	a.idle(places)
}

// What a read costs in turns where nobody waits.
func BenchmarkTurn(b *testing.B) {
	turns, o := NewTurns(2, new(posting)), NewTable(Limits{}, nil).Acquire(of("192.0.2.1:5"))
	b.ReportAllocs()
	for b.Loop() {
		turn, err := turns.Begin(b.Context(), o)
		if err != nil {
			b.Fatal("it waits")
		}
		turn.End()
	}
}
