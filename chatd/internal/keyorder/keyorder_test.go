package keyorder

import (
	"slices"
	"testing"

	"pgregory.net/rapid"
)

type key struct {
	at    int
	place Place[*key]
}

func (k *key) Place() *Place[*key] { return &k.place }

func (k *key) OlderThan(other *key) bool { return k.at < other.at }

// TestOrder compares an Order with a slice that is searched.
func TestOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var order Order[*key]
		var model []*key // the oldest first
		origin := map[*key]uint64{}
		young, old := 0, 0
		add := func(e *key) { origin[e] = rapid.Uint64Range(1, 4).Draw(t, "origin") }
		remove := func(e *key) {
			order.Remove(e)
			order.Remove(e) // which is nothing
			model = slices.DeleteFunc(model, func(other *key) bool { return other == e })
		}
		t.Repeat(map[string]func(*rapid.T){
			"newest": func(*rapid.T) {
				young++
				e := &key{at: young}
				add(e)
				order.AddNewest(e, origin[e])
				model = append(model, e)
			},
			"oldest": func(*rapid.T) {
				old--
				e := &key{at: old}
				add(e)
				order.AddOldest(e, origin[e])
				model = slices.Insert(model, 0, e)
			},
			"remove": func(t *rapid.T) {
				if len(model) > 0 {
					remove(rapid.SampledFrom(model).Draw(t, "key"))
				}
			},
			"evict": func(*rapid.T) {
				if len(model) > 0 {
					remove(order.Surplus())
				}
			},
			"": func(t *rapid.T) { compareOrder(t, &order, model, origin) },
		})
	})
}

func compareOrder(t *rapid.T, order *Order[*key], model []*key, origin map[*key]uint64) {
	var all []*key
	for k := order.Oldest(); k != nil; k = order.Younger(k) {
		all = append(all, k)
	}
	if !slices.Equal(all, model) || order.Len() != len(model) {
		t.Fatalf("it has %d keys, want %d: %v, want %v", order.Len(), len(model), all, model)
	}
	if len(model) == 0 {
		if len(order.origins) != 0 || order.all.newest != nil {
			t.Fatalf("it is not empty: %+v", order)
		}
		return
	}
	counts := map[uint64]int{}
	for _, e := range model {
		counts[origin[e]]++
	}
	var want *key // the oldest of those whose origin has most
	for _, e := range model {
		if want == nil || counts[origin[e]] > counts[origin[want]] {
			want = e
		}
	}
	if got := order.Surplus(); len(order.origins) != len(counts) || got != want {
		t.Fatalf("the oldest of the origin with most is %v, want %v; there are %d origins, want %d", got, want, len(order.origins), len(counts))
	}
}
