package hub

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"linechat/chatd/internal/history"
)

// pass lets time pass in a synctest bubble, and waits for what is due then.
func pass(d time.Duration) {
	<-time.After(d)
	synctest.Wait()
}

func TestUnknownPostsArePublishedIfTheyAreStored(t *testing.T) {
	for stored, lines := range []string{
		"MSG go 2 bob after\n",
		"MSG go 2 bob two\nMSG go 3 bob after\n",
		"MSG go 2 bob two\nMSG go 3 bob three\nMSG go 4 bob after\n",
	} {
		t.Run(fmt.Sprint(stored, " of 2"), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				counted := &tally{}
				config := usual
				config.Meter = counted
				h, store := newHub(t, config, ample)
				r := open(t, h, "go")
				alice := join(t, r, 1, "alice", 0)
				store.hold()
				one := say(t, r, "one")
				synctest.Wait()
				two, three := say(t, r, "two"), say(t, r, "three")
				(<-store.held).succeed()
				one.want(t, 1, nil)
				waits := say(t, r, "waits")
				synctest.Wait()

				gate := make(chan struct{})
				store.intercept(hangs("Page", gate))
				store.pass()
				f := <-store.held
				f.persist(stored)
				f.fail(fmt.Errorf("%w: the connection broke", history.ErrUnknown))
				two.want(t, 0, history.ErrUnknown)
				three.want(t, 0, history.ErrUnknown)
				waits.want(t, 0, history.ErrFailed)
				refused := say(t, r, "during recovery")
				refused.want(t, 0, history.ErrFailed)
				wantLines(t, read(t, alice, ReadOptions{}), "MSG go 1 bob one\n")
				carol := join(t, r, 3, "carol", 1)
				synctest.Wait()
				for _, s := range []*sent{waits, refused} {
					if s.woken != 1 {
						t.Errorf("the poster of %q was woken %d times", s.Text, s.woken)
					}
				}

				close(gate)
				synctest.Wait()
				say(t, r, "after").want(t, uint64(2+stored), nil)
				wantLines(t, read(t, alice, ReadOptions{NoPresence: true}), lines)
				wantLines(t, read(t, carol, ReadOptions{}), lines)
				synctest.Wait() // the room counts after it has answered
				if counted.posts != 2+stored {
					t.Errorf("%+v was counted", *counted)
				}
			})
		})
	}
}

func TestRecoveryReadsUpToTheLastStoredPost(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h, store := newHub(t, usual, ample)
		r := open(t, h, "go")
		alice := join(t, r, 1, "alice", 0)
		store.hold()
		say(t, r, "one")
		synctest.Wait()
		for range maxInFlight {
			say(t, r, strings.Repeat("x", 200)) // together several pages of the store
			synctest.Wait()
		}
		(<-store.held).succeed()
		f := <-store.held
		store.pass()
		f.persist(len(f.posts))
		f.fail(history.ErrUnknown)
		synctest.Wait()
		say(t, r, "after").want(t, maxInFlight+2, nil)
		wantRun(t, read(t, alice, ReadOptions{}), 1, maxInFlight+2)
	})
}

func TestRecoveryEndsWhenTheStoreComesBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h, store := newHub(t, usual, ample)
		r := open(t, h, "go")
		store.hold()
		lost := say(t, r, "lost")
		f := <-store.held
		store.pass()

		const failures = 8
		begin := time.Now()
		var tries []time.Duration
		store.intercept(func(string) error {
			if tries = append(tries, time.Since(begin)); len(tries) <= failures {
				return history.ErrFailed
			}
			return nil
		})
		f.persist(1)
		f.fail(history.ErrUnknown)
		lost.want(t, 0, history.ErrUnknown)
		pass(4 * time.Second)
		say(t, r, "refused").want(t, 0, history.ErrFailed)
		join(t, r, 1, "alice", 0)
		pass(time.Minute)

		say(t, r, "after").want(t, 2, nil)
		ms := time.Millisecond
		want := []time.Duration{0, 100 * ms, 300 * ms, 700 * ms, 1500 * ms, 2500 * ms, 3500 * ms, 4500 * ms, 5500 * ms, 5500 * ms}
		if !slices.Equal(tries, want) { // the last two find the post, and that it was the last
			t.Errorf("tried after %v\nwant        %v", tries, want)
		}
	})
}

// Posts that come while a room recovers, and that it takes when it has recovered, are
// stored.
func TestNothingIsRefusedAfterRecovery(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h, store := newHub(t, usual, ample)
		r := open(t, h, "go")
		gate := make(chan struct{})
		store.intercept(hangs("Page", gate))
		store.hold()
		say(t, r, "lost")
		synctest.Wait()
		store.pass()
		(<-store.held).fail(history.ErrUnknown)
		synctest.Wait()
		var wait []*sent
		for i := range inboxSize {
			s := compose("bob", fmt.Sprint("key ", i/2), "waits")
			if done, _ := r.TryPost(&s.Post); !done {
				t.Fatalf("the inbox is full after %d posts", i)
			}
			wait = append(wait, s)
		}
		close(gate)
		synctest.Wait()
		for i, s := range wait {
			s.want(t, uint64(1+i/2), nil)
		}
		if r.recovery.active || len(r.recovery.uncertain) > 0 {
			t.Errorf("the room still recovers: %+v", r.recovery)
		}
	})
}

func TestRecoveryEndsWhenTheHubCloses(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h, store := newHub(t, usual, ample)
		r := open(t, h, "go")
		store.intercept(fails("Page", history.ErrFailed))
		store.hold()
		say(t, r, "lost")
		(<-store.held).fail(history.ErrUnknown)
		synctest.Wait()
		go h.Close()
		synctest.Wait()
		if r.recovery.active {
			t.Error("the room recovers on and on")
		}
	})
}

// A retainedStore has lost the posts before number first to retention.
type retainedStore struct {
	*stubStore
	first uint64
}

func (s retainedStore) Page(ctx context.Context, fold string, from, to uint64, limit int) (history.Page, error) {
	page, err := s.stubStore.Page(ctx, fold, max(from, s.first), to, limit)
	page.First = s.first
	return page, err
}

func TestRecoveryNamesWhatRetentionHasDeleted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h, store := newHub(t, usual, ample)
		r := open(t, h, "go")
		alice := join(t, r, 1, "alice", 0)
		store.hold()
		say(t, r, "zero")
		synctest.Wait()
		for i := range 3 {
			say(t, r, fmt.Sprint("post ", i))
		}
		(<-store.held).fail(history.ErrFailed)
		f := <-store.held
		f.persist(3)
		h.replaceStore(retainedStore{store, 3})
		f.fail(history.ErrUnknown)
		synctest.Wait()
		wantLines(t, read(t, alice, ReadOptions{}), "GAP go 1 2 retention\nMSG go 3 bob post 2\n")
	})
}

// Whoever posts into a room without being in it may be the only one to use it.
func TestRecoveryOutlivesTheLastReference(t *testing.T) {
	for name, stored := range map[string]int{"stored": 1, "not stored": 0} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				h, store := newHub(t, usual, ample)
				gate := make(chan struct{})
				store.intercept(hangs("Page", gate))
				store.hold()
				r, err := h.Open(t.Context(), nil, "go")
				if err != nil {
					t.Fatal(err)
				}
				s := compose("bob", "key", "text")
				s.Owner = poster{func() { r.Release(); s.Answered() }, func() {}}
				s.to(t, r)
				f := <-store.held
				store.pass()
				f.persist(stored)
				f.fail(history.ErrUnknown)
				s.want(t, 0, history.ErrUnknown)
				synctest.Wait()
				close(gate)
				synctest.Wait()

				r = open(t, h, "go")
				compose("bob", "key", "text").to(t, r).want(t, 1, nil)
				say(t, r, "next").want(t, 2, nil)
			})
		})
	}
}
