package sqlite_test

import (
	"context"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"strings"
	"sync"
	"testing"

	"linechat/chatd/internal/history"
	"linechat/chatd/internal/history/sqlite"
)

// largePosts is how many posts the store has that is read in the benchmarks:
//
//	go test -run - -bench . ./chatd/internal/history/sqlite -large 1000000
var largePosts = flag.Int("large", 100_000, "posts of the store that the benchmarks read")

// BenchmarkAppend has each of some rooms append one batch after the other, as
// rooms do. What is counted is posts that are on disk.
func BenchmarkAppend(b *testing.B) {
	for _, rooms := range []int{1, 64} {
		for _, batch := range []int{1, 64} {
			b.Run(fmt.Sprintf("rooms=%d/batch=%d", rooms, batch), func(b *testing.B) {
				s := open(b, b.TempDir(), sqlite.Config{})
				for i := range rooms {
					create(b, s, fmt.Sprint("room", i))
				}
				b.ReportAllocs()
				b.ResetTimer()
				var wg sync.WaitGroup
				for i := range rooms {
					wg.Go(func() { appendBatches(b, s, fmt.Sprint("room", i), batch, (b.N+rooms-1)/rooms) })
				}
				wg.Wait()
				b.ReportMetric(float64(b.N*batch)/b.Elapsed().Seconds(), "posts/s")
			})
		}
	}
}

func appendBatches(b *testing.B, s history.Store, fold string, batch, n int) {
	list := posts(1, make([]string, batch)...)
	for i := range list {
		list[i].Text = strings.Repeat("x", 64)
	}
	answer := make(chan error, 1)
	for range n {
		s.Append(fold, list, func(_ uint64, err error) { answer <- err })
		if err := <-answer; err != nil {
			b.Error(err)
		}
	}
}

// largeRooms is how many rooms the large store has.
const largeRooms = 100

// Words of the posts of the large store: one stands in every post, one in every
// 20th, another in every 500th, directly after the first.
const common, middling, rare = "common", "middling", "rare"

// largeText is the text of a post.
func largeText(rng *rand.Rand, seq uint64) string {
	word := fmt.Sprint(rng.IntN(5000))
	switch {
	case seq%500 == 0:
		word = rare
	case seq%20 == 0:
		word = middling
	}
	return fmt.Sprint(common, " ", word, " ", rng.IntN(5000), " of some words and more")
}

var large struct {
	sync.Mutex
	dir string
}

// openLarge opens a store whose posts are indexed. It is made once.
func openLarge(b *testing.B) *sqlite.Store {
	b.Helper()
	large.Lock()
	defer large.Unlock()
	if large.dir != "" {
		return open(b, large.dir, sqlite.Config{})
	}
	var err error
	if large.dir, err = os.MkdirTemp("", "chatd-bench"); err != nil {
		b.Fatal(err)
	}
	s := open(b, large.dir, sqlite.Config{})
	rng := rand.New(rand.NewPCG(1, 1))
	for room := range largeRooms {
		create(b, s, fmt.Sprint("room", room))
	}
	for batch := range uint64(*largePosts / largeRooms / 100) {
		for room := range largeRooms {
			list := posts(batch*100+1, make([]string, 100)...)
			for i := range list {
				list[i].Text = largeText(rng, list[i].Seq)
			}
			if got := <-start(s, fmt.Sprint("room", room), list); got.err != nil {
				b.Fatal(got.err)
			}
		}
	}
	caughtUp(b, s)
	return s
}

// BenchmarkOpen opens the large store and closes it.
func BenchmarkOpen(b *testing.B) {
	shut(b, openLarge(b))
	for b.Loop() {
		shut(b, open(b, large.dir, sqlite.Config{}))
	}
}

// whilePosting runs a benchmark while nobody and while 16 others post to rooms that
// are not read.
func whilePosting(b *testing.B, name string, read func(b *testing.B, s *sqlite.Store)) {
	for _, posters := range []int{0, 16} {
		b.Run(fmt.Sprintf("%sposters=%d", name, posters), func(b *testing.B) {
			s := openLarge(b)
			ctx, stop := context.WithCancel(b.Context())
			var wg sync.WaitGroup
			for i := range posters {
				fold := fmt.Sprint("posted", i)
				if _, err := s.Room(ctx, fold); err != nil {
					create(b, s, fold)
				}
				wg.Go(func() {
					for ctx.Err() == nil {
						appendBatches(b, s, fold, 1, 1)
					}
				})
			}
			b.ReportAllocs()
			read(b, s)
			stop()
			wg.Wait()
		})
	}
}

func BenchmarkPage100(b *testing.B) {
	whilePosting(b, "", func(b *testing.B, s *sqlite.Store) {
		for i := 0; b.Loop(); i++ {
			p, err := s.Page(b.Context(), fmt.Sprint("room", i%largeRooms), 901, 1000, 1<<20)
			if err != nil || len(p.Posts) != 100 {
				b.Fatal(len(p.Posts), err)
			}
		}
	})
}

func BenchmarkSearch(b *testing.B) {
	perRoom := *largePosts / largeRooms
	term := func(words ...string) history.Term { return history.Term{Words: words} }
	for _, test := range []struct {
		name  string
		terms []history.Term
		want  int // in each room
	}{
		{"common", []history.Term{term(common)}, 20},
		{"rare", []history.Term{term(rare)}, min(20, perRoom/500)},
		{"absent", []history.Term{term("absent")}, 0},
		{"phrase", []history.Term{term(common, rare)}, min(20, perRoom/500)},
		{"two", []history.Term{term("words"), term(middling)}, 20},
	} {
		whilePosting(b, test.name+"/", func(b *testing.B, s *sqlite.Store) {
			for i := 0; b.Loop(); i++ {
				hits, err := s.Search(b.Context(), fmt.Sprint("room", i%largeRooms), history.Query{Terms: test.terms, Limit: 20})
				if err != nil || len(hits.Seqs) != test.want {
					b.Fatal(hits, err)
				}
			}
		})
	}
}
