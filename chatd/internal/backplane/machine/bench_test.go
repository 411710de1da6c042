package machine_test

import (
	"fmt"
	"strings"
	"testing"

	"linechat/chatd/internal/backplane"
	"linechat/chatd/internal/backplane/machine"
	"linechat/chatd/internal/backplane/machine/machinetest"
	"linechat/chatd/internal/history"
	"linechat/chatd/proto"
)

// BenchmarkApply applies records of so many posts of 80 bytes, each in a room of its own or all
// in one, and with a ONCE key or none.
func BenchmarkApply(b *testing.B) {
	for _, test := range []struct {
		name         string
		items, posts int
		once         string
	}{
		{"one post", 1, 1, ""}, {"one post with a key", 1, 1, "k"}, {"64 rooms", 64, 1, ""}, {"64 in a room", 1, 64, ""},
	} {
		b.Run(test.name, func(b *testing.B) {
			l := newLog(b)
			r := machine.Record{Epoch: 1, Items: make([]backplane.Change, test.items)}
			for i := range r.Items {
				r.Items[i] = posts(l.makeRoom(fmt.Sprint("room", i)), test.posts)
			}
			var record []byte
			b.ReportAllocs()
			for n := 0; b.Loop(); n++ {
				if test.once != "" {
					r.Items[0].(*backplane.Posts).Posts[0].Once = fmt.Sprint(test.once, n)
				}
				l.n[1]++
				r.N = l.n[1]
				record = r.Append(record[:0])
				if _, err := l.Apply(l.Applied()+1, machinetest.Start, record); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(b.N*test.items*test.posts)/b.Elapsed().Seconds(), "posts/s")
		})
	}
}

// posts returns so many posts in a room.
func posts(fold string, n int) *backplane.Posts {
	c := &backplane.Posts{Fold: fold, Authors: make([]backplane.Author, n)}
	for range n {
		c.Posts = append(c.Posts, history.Post{Kind: proto.MSG, Nick: "alice", Text: strings.Repeat("x", 80)})
	}
	return c
}
