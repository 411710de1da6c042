package storetest

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"linechat/chatd/internal/history"
	"linechat/chatd/proto"
)

func keepsPosts(t *testing.T, s history.Store) {
	create(t, s, "go")
	want := []history.Post{
		{Time: at(1), Kind: proto.MSG, Nick: "alice", Text: "plain"},
		{Time: at(1), Kind: proto.ME, Nick: "Jürgen", Text: "waves", Account: 7},
		{Time: at(2), Kind: proto.MSG, Nick: "bob", Text: "\tseveral\n\nlines 'quoted' \"and\" \\ 😀", Once: "5f3a9c01be774d20"},
		{Time: at(2).Add(time.Millisecond), Kind: proto.MSG, Nick: "bob", Text: strings.Repeat("long ", 500)},
	}
	tryAppend(s, "go", slices.Clone(want))
	for i := range want {
		want[i].Seq = uint64(i + 1)
	}
	got := page(t, s, "go", 1, 4, 1<<20).Posts
	for i := range got {
		got[i].Time = got[i].Time.UTC()
	}
	if !slices.Equal(got, want) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
}

func copiesPosts(t *testing.T, s history.Store) {
	create(t, s, "go")
	posts := []history.Post{{Time: noon, Kind: proto.MSG, Nick: "alice", Text: "kept"}}
	tryAppend(s, "go", posts)
	posts[0] = history.Post{}
	if got := page(t, s, "go", 1, 1, 999).Posts; len(got) != 1 || got[0].Text != "kept" {
		t.Errorf("got %+v", got)
	}
}

func countsPosts(t *testing.T, s history.Store) {
	create(t, s, "go", "golf")
	for _, step := range []struct{ first, head uint64 }{{1, 1}, {2, 4}, {5, 5}} {
		post(t, s, "go", step.first, make([]string, step.head+1-step.first)...)
		got := load(t, s, "go")
		if got.First != 1 || got.Head != step.head || !got.Last.Equal(at(step.head)) {
			t.Errorf("first %d, head %d, last %v; want 1, %d, %v", got.First, got.Head, got.Last, step.head, at(step.head))
		}
	}
	if got := load(t, s, "golf"); got.First != 1 || got.Head != 0 || !got.Last.IsZero() {
		t.Errorf("another room has changed: %+v", got)
	}
}

func numbersDensely(t *testing.T, s history.Store) {
	const batches = 20
	folds := []string{"a", "b", "c", "d", "e", "f"}
	create(t, s, folds...)
	var wg sync.WaitGroup
	for _, fold := range folds {
		wg.Go(func() {
			next := uint64(1)
			for i := range batches {
				size := i%3 + 1
				if got := tryAppend(s, fold, lines(size)); got != (outcome{first: next}) {
					t.Errorf("room %s: first %d, %v; want %d", fold, got.first, got.err, next)
				}
				next += uint64(size)
			}
		})
	}
	wg.Wait()
	for _, fold := range folds {
		head := load(t, s, fold).Head
		if p := page(t, s, fold, 1, head, 1<<20); head != 39 || len(p.Posts) != 39 || !isRun(p.Posts, 1) {
			t.Errorf("room %s: head %d, posts %v; want 1 to 39", fold, head, numbers(p.Posts))
		}
	}
}

func boundsPages(t *testing.T, s history.Store) {
	create(t, s, "go", "golf")
	post(t, s, "go", 1, "1", "2", "3", "4", "5", "6", "7", "8", "9")
	post(t, s, "go", 10, strings.Repeat("long", 500))
	post(t, s, "go", 11, "11", "12")
	one := (&history.Post{Nick: "alice", Text: "1"}).Size()
	for _, test := range []struct {
		name        string
		fold        string
		from, to    uint64
		limit       int
		first, last uint64 // 1 and 0: nothing
	}{
		{"all", "go", 1, 12, 1 << 20, 1, 12},
		{"a part", "go", 3, 7, 1 << 20, 3, 7},
		{"one", "go", 7, 7, 1 << 20, 7, 7},
		{"from 0", "go", 0, 2, 1 << 20, 1, 2},
		{"beyond the head", "go", 11, 99, 1 << 20, 11, 12},
		{"without an end", "go", 11, 1<<63 - 1, 1 << 20, 11, 12},
		{"after the head", "go", 13, 99, 1 << 20, 1, 0},
		{"from after to", "go", 7, 6, 1 << 20, 1, 0},
		{"to 0", "go", 1, 0, 1 << 20, 1, 0},
		{"of an empty room", "golf", 1, 9, 1 << 20, 1, 0},
		{"exactly the limit", "go", 2, 12, 3 * one, 2, 4},
		{"a byte less than the limit", "go", 2, 12, 3*one - 1, 2, 3},
		{"up to one too long for the limit", "go", 8, 12, 4 * one, 8, 9},
		{"one too long for the limit", "go", 10, 12, one, 10, 10},
		{"no limit to speak of", "go", 5, 12, 0, 5, 5},
	} {
		t.Run(test.name, func(t *testing.T) {
			p := page(t, s, test.fold, test.from, test.to, test.limit)
			if p.First != 1 {
				t.Errorf("first kept %d, want 1", p.First)
			}
			if len(p.Posts) != int(test.last+1-test.first) || !isRun(p.Posts, test.first) {
				t.Errorf("got %v, want %d to %d", numbers(p.Posts), test.first, test.last)
			}
		})
	}
}

func pagesAddUp(t *testing.T, s history.Store) {
	create(t, s, "go")
	for seq := range uint64(30) {
		post(t, s, "go", seq+1, strings.Repeat("x", int(seq%7)*10))
	}
	for limit := 1; limit < 1<<13; limit *= 2 {
		next := uint64(1)
		for next <= 30 {
			p := page(t, s, "go", next, 30, limit)
			size := 0
			for i := range p.Posts {
				size += p.Posts[i].Size()
			}
			if len(p.Posts) == 0 || !isRun(p.Posts, next) || size > limit && len(p.Posts) > 1 {
				t.Fatalf("limit %d, from %d: got %v of %d bytes", limit, next, numbers(p.Posts), size)
			}
			next += uint64(len(p.Posts))
		}
	}
}

func findsSince(t *testing.T, s history.Store) {
	create(t, s, "go", "golf")
	var posts []history.Post
	for _, second := range []uint64{1, 3, 3, 3, 5} { // of one batch, and with equal times
		posts = append(posts, history.Post{Time: at(second), Kind: proto.MSG, Text: "x"})
	}
	tryAppend(s, "go", posts)
	for _, test := range []struct {
		name string
		fold string
		t    time.Time
		want uint64
	}{
		{"before all", "go", at(0), 1},
		{"at the first", "go", at(1), 1},
		{"between", "go", at(2), 2},
		{"at several", "go", at(3), 2},
		{"a moment after", "go", at(3).Add(time.Millisecond), 5},
		{"in another zone", "go", at(5).In(time.FixedZone("", 3600)), 5},
		{"after all", "go", at(6), 6},
		{"of an empty room", "golf", at(1), 1},
	} {
		t.Run(test.name, func(t *testing.T) {
			if got, err := s.Since(t.Context(), test.fold, test.t); got != test.want || err != nil {
				t.Errorf("got %d, %v; want %d", got, err, test.want)
			}
		})
	}
}

func keepsNewestRun(t *testing.T, s history.Store) {
	create(t, s, "go")
	text := strings.Repeat("x", 60<<10)
	for seq := range uint64(50) {
		post(t, s, "go", seq+1, text)
		if seq%8 != 1 {
			continue
		}
		r := load(t, s, "go")
		p := page(t, s, "go", 1, r.Head, 1<<30)
		if r.Head != seq+1 || r.First > r.Head+1 || p.First != r.First {
			t.Fatalf("after %d posts: room has %d to %d, page begins at %d", seq+1, r.First, r.Head, p.First)
		}
		if len(p.Posts) != int(r.Head+1-r.First) || !isRun(p.Posts, r.First) {
			t.Fatalf("after %d posts: got %v, want %d to %d", seq+1, numbers(p.Posts), r.First, r.Head)
		}
		if since, err := s.Since(t.Context(), "go", noon); since != r.First || err != nil {
			t.Fatalf("after %d posts: since the beginning is %d, %v; want %d", seq+1, since, err, r.First)
		}
	}
}

func servesAllAtOnce(t *testing.T, s history.Store) {
	const batches, size = 15, 3
	folds := []string{"a", "b", "c"}
	create(t, s, folds...)
	var wg sync.WaitGroup
	for _, fold := range folds {
		wg.Go(func() {
			for i := range uint64(batches) {
				if got := tryAppend(s, fold, lines(size)); got != (outcome{first: i*size + 1}) {
					t.Errorf("Append to %s: %d, %v", fold, got.first, got.err)
				}
			}
		})
		wg.Go(func() { follow(t, s, fold, batches*size) })
		wg.Go(func() {
			for i := range batches {
				other := room(t, fmt.Sprint(fold, "-", i))
				if err := errors.Join(s.Create(t.Context(), other), s.SetTopic(t.Context(), fold, other.Topic, "bob")); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	if _, all, err := s.Rooms(t.Context(), "", "", 0); all != len(folds)*(batches+1) || err != nil {
		t.Errorf("%d rooms, %v; want %d", all, err, len(folds)*(batches+1))
	}
}

// follow reads a room to its number last, while others write.
func follow(t *testing.T, s history.Store, fold string, last uint64) {
	for next := uint64(1); next <= last; {
		r, err := s.Room(t.Context(), fold)
		if err != nil {
			t.Errorf("Room %s: %v", fold, err)
			return
		}
		p, err := s.Page(t.Context(), fold, next, last, 1024)
		if err != nil || !isRun(p.Posts, max(next, p.First)) || len(p.Posts) == 0 && r.Head >= next {
			t.Errorf("Page %s from %d: %v, %v; the head is %d", fold, next, numbers(p.Posts), err, r.Head)
			return
		}
		next += uint64(len(p.Posts))
	}
}
