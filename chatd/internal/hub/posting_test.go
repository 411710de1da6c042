package hub

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"linechat/chatd/internal/history"
)

func TestPostingWaitsOnlyBeyondItsBound(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h, store := newHub(t, usual, ample)
		r := open(t, h, "go")
		store.hold()
		var all []*sent
		for {
			s := compose("bob", "", "one of many")
			done, ring := r.TryPost(&s.Post)
			if !done {
				break
			}
			if ring {
				r.Notify()
			}
			all = append(all, s)
			synctest.Wait()
		}
		if want := 1 + maxWaiting + inboxSize; len(all) != want { // one is at the store
			t.Errorf("the room took %d posts, want %d", len(all), want)
		}

		short, cancel := context.WithCancel(t.Context())
		cancelled := make(chan error, 1)
		go func() { cancelled <- r.Post(short, &compose("bob", "", "given up").Post) }()
		synctest.Wait()
		select {
		case err := <-cancelled:
			t.Errorf("a post beyond the bound did not wait: %v", err)
		default:
		}
		join(t, r, 1, "alice", 0)
		cancel()
		if err := <-cancelled; err != context.Canceled {
			t.Errorf("a post given up: %v", err)
		}

		late := make(chan *sent)
		for range 2 {
			go func() { late <- say(t, r, "waits") }()
		}
		synctest.Wait()
		store.pass()
		(<-store.held).succeed()
		for i, s := range all {
			s.want(t, uint64(i+1), nil)
		}
		for range 2 {
			s := <-late
			if <-s.answered; s.Err != nil {
				t.Errorf("a post that waited: %v", s.Err)
			}
		}
		if want := uint64(len(all) + 2); r.Head() != want {
			t.Errorf("the head is %d, want %d", r.Head(), want)
		}
	})
}

func TestPostsThatWaitLeaveTogether(t *testing.T) {
	for _, test := range []struct {
		size    int
		appends []int // posts of each
	}{
		{1, []int{1, maxInFlight, 100}},
		{1000, []int{1, 232, 100}}, // with 131 bytes more each, flyingSize
		{100_000, []int{1, 3, 2}},
	} {
		bubble(t, fmt.Sprint(test.size, " bytes"), func(t *testing.T) {
			h, store := newHub(t, usual, ample)
			r := open(t, h, "go")
			woken := 0
			alice := NewMember(r, 1, Nick{Shown: "alice"}, func() { woken++ })
			alice.Join(nil)
			synctest.Wait()
			store.hold()
			for _, posts := range test.appends {
				for range posts {
					say(t, r, strings.Repeat("x", test.size))
					synctest.Wait() // so that the first leaves alone
				}
			}
			woken = 0
			for i, want := range test.appends {
				f := <-store.held
				if len(f.posts) != want {
					t.Errorf("Append %d has %d posts, want %d", i, len(f.posts), want)
				}
				f.succeed()
				synctest.Wait()
				if woken != i+1 {
					t.Errorf("Append %d: the members were woken %d times by now", i, woken)
				}
			}
			for pos := r.log.oldest.Load(); pos < alice.Head().pos; pos++ {
				b := r.log.at(pos)
				if one := 2 * b.entries[0].post.Size(); b.size-one >= batchSize {
					t.Errorf("a batch of %d posts takes %d bytes", len(b.entries), b.size)
				}
			}
		})
	}
}

func TestLineOfAStoredPostIsCleaned(t *testing.T) {
	h, _ := newHub(t, usual, ample)
	line := open(t, h, "go").Line(&history.Post{Text: "red \x1b[31m\nand a line"})
	if strings.ContainsRune(line.Text, '\x1b') || !strings.Contains(line.Text, "\n") {
		t.Errorf("the text is %q", line.Text)
	}
}

type emptyStore struct{ history.Store }

func (emptyStore) Page(context.Context, string, uint64, uint64, int) (history.Page, error) {
	return history.Page{First: 1}, nil
}

func TestMissingPostsAreAnError(t *testing.T) {
	h, store := newHub(t, usual, ample)
	r := open(t, h, "go")
	fill(t, r, 1, 1)
	h.replaceStore(emptyStore{store})
	if page, err := r.Page(t.Context(), 1, 1); !errors.Is(err, history.ErrUnread) {
		t.Errorf("%+v, %v", page, err)
	}
}

func TestStoreWorksWhileMembersAreWoken(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h, store := newHub(t, usual, ample)
		r := open(t, h, "go")
		underWay := -1
		NewMember(r, 1, Nick{Shown: "alice"}, func() { underWay = len(store.held) }).Join(nil)
		store.hold()
		say(t, r, "one")
		synctest.Wait()
		say(t, r, "two")
		(<-store.held).succeed()
		synctest.Wait()
		if underWay != 1 {
			t.Errorf("when the first post is published, %d Appends are under way, want that of the second", underWay)
		}
		(<-store.held).succeed()
	})
}

func TestFailedPostsUseNoNumber(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h, store := newHub(t, usual, ample)
		r := open(t, h, "go")
		alice := join(t, r, 1, "alice", 0)
		say(t, r, "one").want(t, 1, nil)
		store.hold()
		first := say(t, r, "fails")
		synctest.Wait()
		second, third := say(t, r, "fails, too"), say(t, r, "as well")
		for _, err := range []error{history.ErrFailed, history.ErrFull} {
			(<-store.held).fail(err)
		}
		store.pass()
		first.want(t, 0, history.ErrFailed)
		for _, s := range []*sent{second, third} {
			s.want(t, 0, history.ErrFull) // the poster is told why
		}
		say(t, r, "two").want(t, 2, nil)
		wantLines(t, read(t, alice, ReadOptions{}), "MSG go 1 bob one\nMSG go 2 bob two\n")
	})
}

func TestTimesNeverGoBack(t *testing.T) {
	h, store := newHub(t, usual, ample)
	ahead := time.Now().Add(time.Hour).Round(0) // the clock was set back since
	store.Memory.Append("go", []history.Post{{Time: ahead}}, func(uint64, error) {})
	s := say(t, open(t, h, "go"), "later")
	if s.want(t, 2, nil); !s.Time.Equal(ahead) {
		t.Errorf("the post's time is %v, the one's before it %v", s.Time, ahead)
	}
}

// A store that is as large as it may become takes no posts and no rooms of guests, and soon
// none of accounts; what was stored before is answered by its ONCE key all the same.
func TestFullStoreRefusesGuestsFirst(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h, store := newHub(t, usual, ample)
		r := open(t, h, "go")
		compose("bob", "k", "one").to(t, r).want(t, 1, nil)
		full := &history.LimitError{Limit: 7}
		store.fill(full, true)
		compose("bob", "", "two").to(t, r).want(t, 0, full)
		compose("bob", "new", "two").to(t, r).want(t, 0, full)
		compose("bob", "k", "one").to(t, r).want(t, 1, nil)
		account := compose("alice", "", "of an account")
		account.Account = 7
		account.to(t, r).want(t, 2, nil)
		if err := h.Create(nil, history.Room{Name: parseRoom(t, "zoo"), Owner: guest}, 0); err != full {
			t.Errorf("Create by a guest: %v", err)
		}
		mustCreate(t, h, "zoo", history.Owner{Account: 7})
		store.fill(full, false)
		again := compose("alice", "", "of an account")
		again.Account = 7
		again.to(t, r).want(t, 0, full)
		if err := h.Create(nil, history.Room{Name: parseRoom(t, "farm"), Owner: history.Owner{Account: 7}}, 0); err != full {
			t.Errorf("Create by an account: %v", err)
		}
		store.fill(nil, false)
		compose("bob", "new", "two").to(t, r).want(t, 3, nil)
	})
}
