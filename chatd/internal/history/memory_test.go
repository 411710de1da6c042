package history_test

import (
	"fmt"
	"strings"
	"testing"

	"linechat/chatd/internal/history"
	"linechat/chatd/internal/history/storetest"
	"linechat/chatd/proto"
)

func TestMemoryIsAStore(t *testing.T) {
	for name, budget := range map[string]int{"roomy": 64 << 20, "tight": 0} {
		t.Run(name, func(t *testing.T) {
			storetest.Run(t, func(*testing.T) history.Store { return history.NewMemory(budget) })
		})
	}
}

// rooms makes n rooms in m and returns their folds.
func rooms(t testing.TB, m *history.Memory, n int) []string {
	t.Helper()
	folds := make([]string, n)
	for i := range folds {
		folds[i] = fmt.Sprint("room", i)
		if err := m.Create(t.Context(), history.Room{Name: proto.Name{Shown: folds[i], Fold: folds[i], Skeleton: folds[i]}}); err != nil {
			t.Fatal(err)
		}
	}
	return folds
}

func post(t testing.TB, m *history.Memory, fold, text string) (first uint64) {
	t.Helper()
	m.Append(fold, []history.Post{{Kind: proto.MSG, Text: text}}, func(seq uint64, err error) {
		if err != nil {
			t.Fatal(err)
		}
		first = seq
	})
	return first
}

// kept returns how many bytes of posts m has of a room, the newest at least.
func kept(t testing.TB, m *history.Memory, fold string) (size int) {
	t.Helper()
	page, err := m.Page(t.Context(), fold, 1, 1<<62, 1<<30)
	if err != nil || len(page.Posts) == 0 {
		t.Fatalf("room %s has %d posts, %v", fold, len(page.Posts), err)
	}
	for i := range page.Posts {
		size += history.Size(&page.Posts[i])
	}
	return size
}

func TestMemoryNeverPassesItsBudgetByMoreThanTheFloors(t *testing.T) {
	const budget = 1 << 20
	for name, size := range map[string]int{"lines": 1000, "a floor each": history.RoomFloor - history.PackedSize, "pastes": 64 << 10} {
		t.Run(name, func(t *testing.T) {
			m := history.NewMemory(budget)
			folds := rooms(t, m, 100)
			text := strings.Repeat("x", size)
			for _, n := range []int{1, 10, 100} { // first a few rooms take much, then come the others
				for i := range 10 * n {
					for range 10 {
						post(t, m, folds[i%n], text)
					}
				}
				total := 0
				for _, fold := range folds[:n] {
					total += kept(t, m, fold)
				}
				floor := max(history.RoomFloor, (&history.Post{Text: text}).Size()+64)
				if bound := budget + n*floor; total > bound {
					t.Errorf("%d rooms hold %d bytes, the budget and their floors are %d", n, total, bound)
				}
			}
		})
	}
}

func TestMemoryHasQuietRoomsGiveWay(t *testing.T) {
	const size, n = 1024, 8
	text := strings.Repeat("x", size-history.PackedSize)
	for _, test := range []struct {
		name   string
		budget int
		want   [n]int // what each room holds when they were filled one after the other
	}{
		{"room for all", n * history.RoomShare, [n]int{7: history.RoomShare, 0: history.RoomShare}},
		{"room for two", 6*history.RoomFloor + 2*history.RoomShare, [n]int{7: history.RoomShare, 6: history.RoomShare, 0: history.RoomFloor}},
		{"room for none", 0, [n]int{7: history.RoomFloor, 0: history.RoomFloor}},
	} {
		t.Run(test.name, func(t *testing.T) {
			m := history.NewMemory(test.budget)
			folds := rooms(t, m, n)
			for _, fold := range folds {
				for range 2 * history.RoomShare / size {
					post(t, m, fold, text)
				}
			}
			for i, fold := range folds {
				if got := kept(t, m, fold); test.want[i] != 0 && (got < test.want[i]-size || got > test.want[i]) {
					t.Errorf("room %d of %d holds %d bytes, want %d", i, n, got, test.want[i])
				}
			}
		})
	}
}

func TestMemorySharesAmongBusyRooms(t *testing.T) {
	const size, n, each = 1024, 8, 100 << 10
	m := history.NewMemory(n * each)
	folds := rooms(t, m, n)
	for range 500 {
		for _, fold := range folds {
			post(t, m, fold, strings.Repeat("x", size-history.PackedSize))
		}
	}
	for _, fold := range folds {
		if got := kept(t, m, fold); got < each-4*size || got > each+4*size {
			t.Errorf("%s holds %d bytes, want about %d", fold, got, each)
		}
	}
}

func TestMemoryNeverUsesANumberTwice(t *testing.T) {
	m := history.NewMemory(0)
	fold := rooms(t, m, 1)[0]
	text := strings.Repeat("x", history.RoomFloor)
	for want := range uint64(5) {
		want++
		if got := post(t, m, fold, text); got != want {
			t.Errorf("post %d got number %d", want, got)
		}
		r, err := m.Room(t.Context(), fold)
		if r.First != want || r.Head != want || err != nil {
			t.Errorf("kept are %d to %d, %v; want only %d", r.First, r.Head, err, want)
		}
	}
}

func BenchmarkMemoryAppend(b *testing.B) {
	for _, size := range []int{1, 64, 512} {
		b.Run(fmt.Sprint("batch=", size), func(b *testing.B) {
			m := history.NewMemory(256 << 20)
			fold := rooms(b, m, 1)[0]
			posts := make([]history.Post, size)
			for i := range posts {
				posts[i] = history.Post{Kind: proto.MSG, Nick: "alice", Text: strings.Repeat("x", 64)}
			}
			done := func(uint64, error) {}
			b.ReportAllocs()
			for b.Loop() {
				m.Append(fold, posts, done)
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*size), "ns/post")
		})
	}
}
