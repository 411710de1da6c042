package sqlite_test

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"linechat/chatd/internal/backplane/machine"
)

// BenchmarkRebuild applies records of 64 posts, as a copy does that catches up. It is told how
// many posts there are:
//
//	go test -run - -bench Rebuild -benchtime 1000000x ./chatd/internal/history/sqlite
func BenchmarkRebuild(b *testing.B) {
	const perRecord, perBatch, rooms = 64, 256, 100
	_, c := openCopy(b, b.TempDir())
	rng := rand.New(rand.NewPCG(1, 1))
	begin := make([]machine.Item, rooms)
	heads := make([]uint64, rooms)
	for i := range begin {
		begin[i] = created(fmt.Sprint("room", i))
	}
	apply(b, c, result(1, begin...))
	batch := make([]machine.Result, 0, perBatch)
	b.ReportAllocs()
	for seq, left := uint64(2), b.N; left > 0; seq++ {
		b.StopTimer()
		texts := make([]string, min(left, perRecord))
		room := rng.IntN(rooms)
		for i := range texts {
			texts[i] = largeText(rng, seq)
		}
		batch = append(batch, result(seq, posted(fmt.Sprint("room", room), heads[room]+1, texts...)))
		heads[room] += uint64(len(texts))
		left -= len(texts)
		b.StartTimer()
		if len(batch) == cap(batch) || left == 0 {
			apply(b, c, batch...)
			batch = batch[:0]
		}
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "posts/s")
}
