package sqlite_test

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"linechat/chatd/internal/backplane"
	"linechat/chatd/internal/backplane/machine"
	"linechat/chatd/internal/history"
	"linechat/chatd/internal/history/sqlite"
	"linechat/chatd/proto"
)

// BenchmarkRebuild applies records of 64 posts, as a machine does that catches up with the log:
// the function decides them, and the copy stores what came of it. It is told how many posts
// there are:
//
//	go test -run - -bench Rebuild -benchtime 1000000x ./chatd/internal/history/sqlite
func BenchmarkRebuild(b *testing.B) {
	const perRecord, perBatch, rooms = 64, 256, 100
	r := &rebuild{state: machine.New(), copy: open(b, b.TempDir(), sqlite.Config{Shared: true}).Copy()}
	r.add(b, &backplane.Heartbeat{})
	begin := []backplane.Change{&backplane.Settings{Chat: [16]byte{1}, Limits: backplane.Limits{MaxRooms: rooms}}}
	for i := range rooms {
		name := fmt.Sprint("room", i)
		begin = append(begin, &backplane.Create{Room: history.Room{Name: proto.Name{Shown: name, Fold: name, Skeleton: name}, Made: noon}})
	}
	r.add(b, begin...)
	rng := rand.New(rand.NewPCG(1, 1))
	b.ReportAllocs()
	b.ResetTimer()
	for left := b.N; left > 0; left -= perRecord {
		c := &backplane.Posts{Fold: fmt.Sprint("room", rng.IntN(rooms)), Authors: make([]backplane.Author, perRecord)}
		for range perRecord {
			c.Posts = append(c.Posts, history.Post{Kind: proto.MSG, Nick: "alice", Text: largeText(rng, rng.Uint64N(1000))})
		}
		r.add(b, c)
		if len(r.log) == perBatch {
			r.apply(b)
		}
	}
	r.apply(b)
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "posts/s")
}

// A rebuild is a copy that catches up with a log.
type rebuild struct {
	state *machine.State
	copy  *sqlite.Copy
	n     uint64
	log   [][]byte // what is not applied yet
}

// add adds a record to the log, which is not timed.
func (r *rebuild) add(b *testing.B, changes ...backplane.Change) {
	b.StopTimer()
	r.n++
	record := machine.Record{Epoch: 1, N: r.n, Items: changes}
	r.log = append(r.log, record.Append(nil))
	b.StartTimer()
}

// apply applies what is not applied yet.
func (r *rebuild) apply(b *testing.B) {
	results := make([]machine.Result, len(r.log))
	for i, record := range r.log {
		var err error
		if results[i], err = r.state.Apply(r.state.Applied()+1, noon.Add(time.Duration(r.n)*time.Millisecond), record); err != nil {
			b.Fatal(err)
		}
	}
	apply(b, r.copy, results...)
	r.log = r.log[:0]
}
