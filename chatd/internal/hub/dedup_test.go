package hub

import (
	"context"
	"strconv"
	"testing"
	"testing/synctest"
	"time"

	"linechat/chatd/internal/backplane"
	"linechat/chatd/internal/history"
	"linechat/chatd/internal/keyorder"
	"linechat/chatd/proto"
)

func TestOnceKeyPostsOnce(t *testing.T) {
	for _, test := range []struct {
		name       string
		room       string
		nick, once string
		kind       proto.Keyword
		text       string
		seq        uint64
		err        error
	}{
		{"repeat", "go", "bob", "key", proto.MSG, "text", 1, nil},
		{"repeat of another session", "go", "alice", "key", proto.MSG, "text", 1, nil},
		{"other text", "go", "bob", "key", proto.MSG, "other", 0, ErrOnceMismatch},
		{"other kind", "go", "bob", "key", proto.ME, "text", 0, ErrOnceMismatch},
		{"other key", "go", "bob", "KEY", proto.MSG, "text", 3, nil},
		{"no key", "go", "bob", "", proto.MSG, "text", 3, nil},
		{"other room", "golf", "bob", "key", proto.MSG, "text", 1, nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			h, _ := newHub(t, usual, ample)
			r := open(t, h, "go")
			compose("bob", "key", "text").to(t, r).want(t, 1, nil)
			say(t, r, "between").want(t, 2, nil)

			s := compose(test.nick, test.once, test.text)
			s.Kind = test.kind
			s.to(t, open(t, h, test.room)).want(t, test.seq, test.err)
			if want := max(2, test.seq); r.Head() != want && test.room == "go" {
				t.Errorf("the head is %d, want %d", r.Head(), want)
			}
		})
	}
}

func TestRepeatOfAPostUnderWayWaitsForItsAnswer(t *testing.T) {
	for name, err := range map[string]error{"stored": nil, "failed": history.ErrFailed, "unknown": history.ErrUnknown} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				h, store := newHub(t, usual, ample)
				r := open(t, h, "go")
				store.hold()
				ahead := say(t, r, "ahead")
				synctest.Wait()
				posts := []*sent{compose("bob", "key", "text").to(t, r), compose("bob", "key", "text").to(t, r)}
				(<-store.held).succeed()
				ahead.want(t, 1, nil)
				posts = append(posts, compose("alice", "key", "text").to(t, r)) // of one at the store
				compose("bob", "key", "other").to(t, r).want(t, 0, ErrOnceMismatch)
				for i, s := range posts {
					if s.isAnswered() {
						t.Errorf("post %d was answered %d, %v", i, s.Seq, s.Err)
					}
				}
				if f := <-store.held; err == nil {
					f.succeed()
				} else {
					f.fail(err)
				}
				synctest.Wait()
				for i, s := range posts {
					if s.want(t, 2, err); s.woken != 1 {
						t.Errorf("the poster of post %d was woken %d times", i, s.woken)
					}
				}
				if err == nil {
					late := compose("bob", "key", "text").to(t, r)
					synctest.Wait()
					if late.want(t, 2, nil); late.woken != 1 {
						t.Errorf("the poster of a late repeat was woken %d times", late.woken)
					}
				}
			})
		})
	}
}

func TestFailedPostFreesItsKey(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h, store := newHub(t, usual, ample)
		r := open(t, h, "go")
		store.hold()
		inFlight, waits := compose("bob", "sent", "text").to(t, r), compose("bob", "waits", "text")
		f := <-store.held
		waits.to(t, r)
		synctest.Wait()
		store.pass()
		f.fail(history.ErrUnknown) // after a post whose outcome is unknown, nothing is stored
		inFlight.want(t, 0, history.ErrUnknown)
		waits.want(t, 0, history.ErrFailed)
		synctest.Wait()

		store.hold()
		failed := compose("bob", "failed", "text").to(t, r)
		(<-store.held).fail(history.ErrFailed)
		failed.want(t, 0, history.ErrFailed)
		store.pass()
		for i, key := range []string{"failed", "waits", "sent"} {
			compose("bob", key, "even other text").to(t, r).want(t, uint64(i+1), nil)
		}
		compose("bob", "failed", "even other text").to(t, r).want(t, 1, nil)
	})
}

func TestUnknownPostIsResolvedByItsKey(t *testing.T) {
	for name, stored := range map[string]int{"stored": 1, "not stored": 0} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				h, store := newHub(t, usual, ample)
				r := open(t, h, "go")
				store.hold()
				first := compose("bob", "key", "text").to(t, r)
				f := <-store.held
				store.pass()
				gate := make(chan struct{})
				store.intercept(hangs("Page", gate))
				f.persist(stored)
				f.fail(history.ErrUnknown)
				first.want(t, 0, history.ErrUnknown)
				compose("bob", "key", "text").to(t, r).want(t, 0, history.ErrUnknown)
				compose("bob", "key", "other").to(t, r).want(t, 0, ErrOnceMismatch)
				compose("bob", "new", "text").to(t, r).want(t, 0, history.ErrFailed)

				close(gate)
				synctest.Wait()
				if got := r.Head(); got != uint64(stored) {
					t.Errorf("the head is %d, want %d", got, stored)
				}
				compose("bob", "key", "text").to(t, r).want(t, 1, nil)
				compose("bob", "new", "text").to(t, r).want(t, 2, nil)
			})
		})
	}
}

// Keys of stored posts are forgotten in the order of their posts, too.
func TestStoredKeysAreForgottenAfterTenMinutes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h, store := newHub(t, usual, ample)
		r := open(t, h, "go")
		for i, key := range []string{"old", "young"} {
			compose("bob", key, "text").to(t, r).want(t, uint64(1+i), nil)
			pass(time.Minute)
		}
		again, err := New(t.Context(), store, backplane.NewLocal(store, nil), usual)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(again.Close)
		pass(8 * time.Minute)
		r = open(t, again, "go")
		compose("bob", "old", "text").to(t, r).want(t, 3, nil)
		compose("bob", "young", "text").to(t, r).want(t, 2, nil)
	})
}

func TestOnceKeysAreForgottenAfterTenMinutes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h, store := newHub(t, usual, ample)
		r := open(t, h, "go")
		compose("bob", "old", "text").to(t, r).want(t, 1, nil)
		pass(time.Minute)
		store.hold()
		compose("bob", "young", "at first in vain").to(t, r)
		(<-store.held).fail(history.ErrFailed)
		store.pass()
		compose("bob", "young", "text").to(t, r).want(t, 2, nil)
		pass(9*time.Minute - 1)
		compose("bob", "old", "text").to(t, r).want(t, 1, nil)
		pass(1)
		compose("bob", "old", "text").to(t, r).want(t, 3, nil)
		compose("bob", "young", "text").to(t, r).want(t, 2, nil)
		pass(time.Minute)
		compose("bob", "young", "other text").to(t, r).want(t, 4, nil)
		pass(time.Hour)
		compose("bob", "new", "text").to(t, r).want(t, 5, nil)
		if n := h.dedup.order.Len(); len(h.dedup.keys) != 1 || n != 1 {
			t.Errorf("%d keys and %d in their order, want 1", len(h.dedup.keys), n)
		}
	})
}

// take begins, and ends, a post of an origin with the key of that number, and returns what
// was known of the key.
func (t *dedup) take(origin uint64, key int) prior {
	p := Post{Post: history.Post{Once: strconv.Itoa(key)}, Origin: origin}
	before, _ := t.claim("go", &p)
	if !before.known {
		t.record(p.key, uint64(key)+1)
	}
	return before
}

// remembers reports whether a key is remembered.
func (t *dedup) remembers(key int) bool { return t.keys[dedupKey{"go", strconv.Itoa(key)}] != nil }

func emptyDedup(t testing.TB) *dedup {
	t.Helper()
	table, err := newDedup(t.Context(), history.NewMemory(tiny))
	if err != nil {
		t.Fatal(err)
	}
	return table
}

func TestOnceRemembersKeysUntilItIsFull(t *testing.T) {
	table := emptyDedup(t)
	for key := range keyorder.MaxKeys {
		if e := table.take(uint64(key%3), key); e.known {
			t.Fatalf("key %d is there already: %+v", key, e)
		}
	}
	for _, key := range []int{0, 1, keyorder.MaxKeys / 2, keyorder.MaxKeys - 1} {
		if e := table.take(9, key); !e.known || e.seq != uint64(key)+1 {
			t.Errorf("key %d of %d is %+v", key, keyorder.MaxKeys, e)
		}
	}
}

// A flood of keys pushes out its own, the oldest first, and those of nobody else.
func TestOnceForgetsTheOldestKeysOfWhoeverHasMost(t *testing.T) {
	const honest, beyond = 1000, 10
	table := emptyDedup(t)
	for key := range honest {
		table.take(1, key)
	}
	for key := honest; key < keyorder.MaxKeys+beyond; key++ {
		table.take(2, key)
	}
	if n := len(table.keys); n != keyorder.MaxKeys {
		t.Errorf("%d keys are remembered, want %d", n, keyorder.MaxKeys)
	}
	for key, remembered := range map[int]bool{
		0: true, honest - 1: true, honest: false, honest + beyond - 1: false, honest + beyond: true, keyorder.MaxKeys + beyond - 1: true,
	} {
		if table.remembers(key) != remembered {
			t.Errorf("key %d of %d: remembered is %t", key, keyorder.MaxKeys+beyond, !remembered)
		}
	}
}

// A keyedStore has posts with the keys first, first-1, … of each nick, the newest first.
type keyedStore struct {
	*history.Memory
	nicks []string
	keys  int // of each nick
}

func (s *keyedStore) Keyed(_ context.Context, _ time.Time, limit int, each func(string, *history.Post)) error {
	for i := range min(limit, s.keys*len(s.nicks)) {
		key := len(s.nicks)*s.keys - 1 - i
		each("go", &history.Post{Seq: uint64(key) + 1, Nick: s.nicks[key/s.keys], Once: strconv.Itoa(key), Time: time.Now().Add(-time.Duration(i) * time.Millisecond)})
	}
	return nil
}

// What a restart remembers is what it would if it had never been: of two nicks with too many
// keys each half of them, though one's are all younger.
func TestOnceRemembersStoredKeysOfAllWhoHaveSome(t *testing.T) {
	store := &keyedStore{history.NewMemory(tiny), []string{"alice", "bob"}, keyorder.MaxKeys}
	table, err := newDedup(t.Context(), store)
	if err != nil {
		t.Fatal(err)
	}
	if n := len(table.keys); n != keyorder.MaxKeys {
		t.Errorf("%d keys are remembered, want %d", n, keyorder.MaxKeys)
	}
	for key, remembered := range map[int]bool{
		keyorder.MaxKeys/2 - 1: false, keyorder.MaxKeys / 2: true, keyorder.MaxKeys - 1: true, 3*keyorder.MaxKeys/2 - 1: false, 3 * keyorder.MaxKeys / 2: true, 2*keyorder.MaxKeys - 1: true,
	} {
		if table.remembers(key) != remembered {
			t.Errorf("key %d: remembered is %t", key, !remembered)
		}
	}
}

func TestRefusedKeysTakeNoMemory(t *testing.T) {
	table := emptyDedup(t)
	table.take(1, 0)
	p := Post{Post: history.Post{Once: "refused"}}
	for range keyorder.MaxKeys + 1 {
		if before, err := table.claim("go", &p); before.known || err != nil {
			t.Fatalf("%+v, %v", before, err)
		}
		table.forget(p.key)
	}
	if n, ordered := len(table.keys), table.order.Len(); n != 1 || ordered != 1 {
		t.Errorf("%d keys and %d in their order, of which 1 is remembered", n, ordered)
	}
}
