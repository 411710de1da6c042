package sqlite_test

import (
	"slices"
	"testing"
	"time"

	"linechat/chatd/internal/history"
	"linechat/chatd/internal/history/sqlite"
)

// BenchmarkAppendWhileDropping commits one post after the other: for as long as it takes to
// delete a room of largePosts posts, and as often beside nothing. Once each is enough:
//
//	go test -run - -bench WhileDropping -benchtime 1x ./chatd/internal/history/sqlite
func BenchmarkAppendWhileDropping(b *testing.B) {
	s := open(b, b.TempDir(), sqlite.Config{})
	create(b, s, "kept")
	var took []time.Duration
	b.Run("dropping", func(b *testing.B) {
		for b.Loop() {
			b.StopTimer()
			create(b, s, "long")
			appendBatches(b, s, "long", 100, *largePosts/100)
			caughtUp(b, s)
			b.StartTimer()
			took = append(took, appendsWhileDropping(b, s, "long")...)
		}
		reportCommits(b, took)
	})
	b.Run("alone", func(b *testing.B) {
		alone := make([]time.Duration, len(took))
		for b.Loop() {
			for i := range alone {
				alone[i] = timeAppend(b, s)
			}
		}
		reportCommits(b, alone)
	})
}

// appendsWhileDropping returns how long each commit took until nothing was left of a room.
func appendsWhileDropping(b *testing.B, s *sqlite.Store, fold string) (took []time.Duration) {
	ended := make(chan struct{})
	drop(b, s, fold)
	go func() {
		defer close(ended)
		if err := s.Gone(b.Context()); err != nil {
			b.Error(err)
		}
	}()
	for {
		select {
		case <-ended:
			return took
		default:
			took = append(took, timeAppend(b, s))
		}
	}
}

func timeAppend(b *testing.B, s history.Store) time.Duration {
	began := time.Now()
	appendBatches(b, s, "kept", 1, 1)
	return time.Since(began)
}

func reportCommits(b *testing.B, took []time.Duration) {
	slices.Sort(took)
	for name, part := range map[string]int{"p50-ms": len(took) / 2, "p99-ms": len(took) * 99 / 100, "max-ms": len(took) - 1} {
		b.ReportMetric(float64(took[part])/float64(time.Millisecond), name)
	}
	b.ReportMetric(float64(len(took))/b.Elapsed().Seconds(), "posts/s")
}
