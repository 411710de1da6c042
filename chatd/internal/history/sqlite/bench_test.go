package sqlite_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"strings"
	"sync"
	"testing"

	"linechat/chatd/internal/history"
	"linechat/chatd/internal/history/sqlite"
	"linechat/chatd/proto"
)

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

// Words of the posts of large: one stands in every post, another in every 500th.
const common, rare = "common", "rare"

var large struct {
	sync.Mutex
	dir string
}

// openLarge opens a store of 100,000 posts in 100 rooms that are indexed. It is
// made once.
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
	for room := range 100 {
		create(b, s, fmt.Sprint("room", room))
	}
	for batch := range uint64(10) {
		for room := range 100 {
			list := posts(batch*100+1, make([]string, 100)...)
			for i := range list {
				list[i].Kind, list[i].Text = proto.MSG, fmt.Sprint(common, " ", rng.IntN(5000), " ", rng.IntN(5000), " of some words and more")
				if list[i].Seq%500 == 0 {
					list[i].Text += " " + rare
				}
			}
			if got := <-start(s, fmt.Sprint("room", room), list); got.err != nil {
				b.Fatal(got.err)
			}
		}
	}
	caughtUp(b, s)
	return s
}

func BenchmarkPage100(b *testing.B) {
	s := openLarge(b)
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		p, err := s.Page(b.Context(), fmt.Sprint("room", i%100), 901, 1000, 1<<20)
		if err != nil || len(p.Posts) != 100 {
			b.Fatal(len(p.Posts), err)
		}
	}
}

func BenchmarkSearch(b *testing.B) {
	for _, word := range []string{common, rare, "absent"} {
		b.Run(word, func(b *testing.B) {
			s := openLarge(b)
			q := history.Query{Terms: []history.Term{{Words: []string{word}}}, Limit: 20}
			want := map[string]int{common: 20, rare: 2}[word]
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				hits, err := s.Search(b.Context(), fmt.Sprint("room", i%100), q)
				if err != nil || len(hits.Seqs) != want {
					b.Fatal(hits, err)
				}
			}
		})
	}
}
