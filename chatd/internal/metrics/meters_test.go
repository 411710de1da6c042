package metrics

import (
	"testing"
	"time"
)

// What is on the way of posts is measured without memory being allocated.
func TestMeasuringPostsAllocatesNothing(t *testing.T) {
	m := New()
	if n := testing.AllocsPerRun(100, func() {
		m.PostsPublished(3, 200, 70*time.Microsecond)
		m.CommitDone(3, 200*time.Microsecond, nil)
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

// BenchmarkPosts measures one batch as hub and sqlite do.
func BenchmarkPosts(b *testing.B) {
	m := New()
	for b.Loop() {
		began := time.Now()
		m.PostsPublished(3, 200, time.Since(began))
		began = time.Now()
		m.CommitDone(3, time.Since(began), nil)
	}
}
