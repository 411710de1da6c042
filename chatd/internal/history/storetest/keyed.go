package storetest

import (
	"fmt"
	"slices"
	"testing"

	"linechat/chatd/internal/history"
	"linechat/chatd/proto"
)

// A keyed is what Keyed tells of a post.
type keyed struct {
	fold, once string
	seq        uint64
}

// postKeyed posts to three rooms in turn, a second apart, every second post with
// a key, and returns the keyed ones, the oldest first.
func postKeyed(t *testing.T, s history.Store) (all []keyed) {
	t.Helper()
	folds := []string{"a", "b", "c"}
	create(t, s, folds...)
	for i := range uint64(24) {
		k := keyed{fold: folds[i%3], seq: i/3 + 1}
		if i%2 == 0 {
			k.once = fmt.Sprintf("%016x", i)
			all = append(all, k)
		}
		p := history.Post{Time: at(i + 1), Kind: proto.MSG, Nick: "alice", Text: "x", Once: k.once}
		if got := tryAppend(s, k.fold, []history.Post{p}); got != (outcome{first: k.seq}) {
			t.Fatalf("Append to %s: %d, %v", k.fold, got.first, got.err)
		}
	}
	return all
}

// tell returns what Keyed tells.
func tell(t *testing.T, s history.Store, second uint64, limit int) (told []keyed) {
	t.Helper()
	err := s.Keyed(t.Context(), at(second), limit, func(fold string, p *history.Post) {
		told = append(told, keyed{fold, p.Once, p.Seq})
	})
	if err != nil {
		t.Error(err)
	}
	return told
}

// newest returns those since a second, the newest first.
func newest(all []keyed, second uint64) (some []keyed) {
	for i, k := range slices.Backward(all) {
		if uint64(2*i+1) >= second {
			some = append(some, k)
		}
	}
	return some
}

func tellsKeyed(t *testing.T, s history.Store) {
	all := postKeyed(t, s)
	for _, second := range []uint64{0, 1, 2, 12, 13, 23, 24, 99} {
		if got, want := tell(t, s, second, 99), newest(all, second); !slices.Equal(got, want) {
			t.Errorf("since second %d: got %v, want %v", second, got, want)
		}
	}
}

func boundsKeyed(t *testing.T, s history.Store) {
	all := postKeyed(t, s)
	for _, limit := range []int{0, 1, 5, len(all), len(all) + 1} {
		if got, want := tell(t, s, 1, limit), newest(all, 1)[:min(limit, len(all))]; !slices.Equal(got, want) {
			t.Errorf("limit %d: got %v, want %v", limit, got, want)
		}
	}
}
