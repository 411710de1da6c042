package hub

import (
	"runtime"
	"slices"
	"strconv"
	"testing"
	"time"

	"pgregory.net/rapid"

	"linechat/chatd/internal/history"
)

// TestKeyOrder compares a keyOrder with a slice that is searched.
func TestKeyOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var order keyOrder
		var model []*dedupEntry // the oldest first
		origin := map[*dedupEntry]uint64{}
		young, old := time.Duration(0), time.Duration(0)
		add := func(e *dedupEntry) { origin[e] = rapid.Uint64Range(1, 4).Draw(t, "origin") }
		remove := func(e *dedupEntry) {
			order.remove(e)
			order.remove(e) // which is nothing
			model = slices.DeleteFunc(model, func(other *dedupEntry) bool { return other == e })
		}
		t.Repeat(map[string]func(*rapid.T){
			"newest": func(*rapid.T) {
				young++
				e := &dedupEntry{at: young}
				add(e)
				order.addNewest(e, origin[e])
				model = append(model, e)
			},
			"oldest": func(*rapid.T) {
				old--
				e := &dedupEntry{at: old}
				add(e)
				order.addOldest(e, origin[e])
				model = slices.Insert(model, 0, e)
			},
			"remove": func(t *rapid.T) {
				if len(model) > 0 {
					remove(rapid.SampledFrom(model).Draw(t, "key"))
				}
			},
			"evict": func(*rapid.T) {
				if len(model) > 0 {
					remove(order.largest().keys.oldest)
				}
			},
			"": func(t *rapid.T) { compareOrder(t, &order, model, origin) },
		})
	})
}

func compareOrder(t *rapid.T, order *keyOrder, model []*dedupEntry, origin map[*dedupEntry]uint64) {
	if order.all.n != len(model) {
		t.Fatalf("it has %d keys, want %d", order.all.n, len(model))
	}
	if len(model) == 0 {
		if len(order.origins) != 0 || order.all.oldest != nil || order.all.newest != nil {
			t.Fatalf("it is not empty: %+v", order)
		}
		return
	}
	if order.all.oldest != model[0] || order.all.newest != model[len(model)-1] {
		t.Fatalf("the oldest or the newest is another")
	}
	counts := map[uint64]int{}
	for _, e := range model {
		counts[origin[e]]++
	}
	var want *dedupEntry // the oldest of those whose origin has most
	for _, e := range model {
		if want == nil || counts[origin[e]] > counts[origin[want]] {
			want = e
		}
	}
	if got := order.largest(); len(order.origins) != len(counts) || got.keys.oldest != want || got.keys.n != counts[origin[want]] {
		t.Fatalf("origin %d of %d is the one with most, want %d of %d", got.origin, len(order.origins), origin[want], len(counts))
	}
}

// BenchmarkOnceKeys has a full table take one key after the other, of that many origins,
// and tells how much memory a key takes.
func BenchmarkOnceKeys(b *testing.B) {
	for _, origins := range []int{1, 10_000, maxKeys} {
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
			for next < maxKeys {
				take()
			}
			size := heapBytes() - before
			b.ReportAllocs()
			for b.Loop() {
				take()
			}
			b.ReportMetric(float64(size)/maxKeys, "B/key")
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
