package hub

import (
	"runtime"
	"strconv"
	"testing"

	"linechat/chatd/internal/history"
	"linechat/chatd/internal/keyorder"
)

// BenchmarkOnceKeys has a full table take one key after the other, of that many origins,
// and tells how much memory a key takes.
func BenchmarkOnceKeys(b *testing.B) {
	for _, origins := range []int{1, 10_000, keyorder.MaxKeys} {
		b.Run("origins="+strconv.Itoa(origins), func(b *testing.B) {
			before := heapBytes()
			table := emptyDedup(b)
			next := 0
			take := func() {
				p := &Post{Post: history.Post{Once: strconv.FormatInt(1e15+int64(next), 10)}, Origin: uint64(next % origins)}
				if _, err := table.claim("go", p); err != nil {
					b.Fatal(err)
				}
				table.record(p.key, uint64(next)+1)
				next++
			}
			for next < keyorder.MaxKeys {
				take()
			}
			size := heapBytes() - before
			b.ReportAllocs()
			for b.Loop() {
				take()
			}
			b.ReportMetric(float64(size)/keyorder.MaxKeys, "B/key")
		})
	}
}

// heapBytes returns how many bytes are in use.
func heapBytes() int64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}
