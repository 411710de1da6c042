package jetstream_test

import (
	"fmt"
	"slices"
	"sync"
	"testing"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	js "github.com/nats-io/nats.go/jetstream"

	"linechat/chatd/internal/backplane"
	"linechat/chatd/internal/backplane/jetstream/natstest"
	"linechat/chatd/internal/backplane/machine"
	"linechat/chatd/internal/history"
	"linechat/chatd/proto"
)

// BenchmarkPosts compares posting through the log with plain publishing to a stream, both on
// three servers that sync before they acknowledge. Servers and posters share one process.
func BenchmarkPosts(b *testing.B) {
	for _, posters := range []int{1, 16, 256} {
		b.Run(fmt.Sprint("plain/", posters), func(b *testing.B) { benchmarkPlain(b, posters) })
		b.Run(fmt.Sprint("log/", posters), func(b *testing.B) { benchmarkLog(b, posters) })
	}
}

func benchmarkPlain(b *testing.B, posters int) {
	servers := natstest.Run(b, 3)
	conn, err := nats.Connect(servers.URLs()[0])
	if err != nil {
		b.Fatal(err)
	}
	defer conn.Close()
	stream, err := js.New(conn)
	if err == nil {
		_, err = stream.CreateStream(b.Context(), js.StreamConfig{Name: "plain", Subjects: []string{"plain"}, Replicas: 3, Storage: js.FileStorage})
	}
	if err != nil {
		b.Fatal(err)
	}
	text := make([]byte, 64)
	share(b, posters, func() {
		if _, err := stream.Publish(b.Context(), "plain", text); err != nil {
			b.Error(err)
		}
	})
}

func benchmarkLog(b *testing.B, posters int) {
	l := open(b, connect(b, natstest.Run(b, 3)), openStore(b).Copy())
	defer l.Close()
	backplane.Do(l, &backplane.Create{Room: history.Room{Name: proto.Name{Shown: "go", Fold: "go", Skeleton: "go"}}})
	text := string(make([]byte, 64))
	share(b, posters, func() {
		v := backplane.Do(l, &backplane.Posts{Fold: "go", Posts: []history.Post{{Kind: proto.MSG, Nick: "bob", Text: text}}, Authors: make([]backplane.Author, 1)})
		if v.Err != nil {
			b.Error(v.Err)
		}
	})
	f := l.Figures()
	b.ReportMetric(float64(f.Applied), "records")
	b.ReportMetric(float64(f.Trip.Microseconds()), "trip-µs")
	b.ReportMetric(float64(f.Repeats), "repeats")
	b.ReportMetric(float64(f.Filled), "filled")
}

// share has so many goroutines do what the benchmark measures.
func share(b *testing.B, posters int, do func()) {
	var wg sync.WaitGroup
	b.ResetTimer()
	for i := range posters {
		wg.Go(func() {
			for n := i; n < b.N; n += posters {
				do()
			}
		})
	}
	wg.Wait()
	b.StopTimer()
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "posts/s")
}

// BenchmarkRebuild measures the applying of records that an empty copy has yet to apply, which
// have so many posts each. It is told how many posts there are:
//
//	go test -run - -bench Rebuild -benchtime 1000000x ./chatd/internal/backplane/jetstream
func BenchmarkRebuild(b *testing.B) {
	for _, size := range []int{1, 16, 256} {
		b.Run(fmt.Sprint(size), func(b *testing.B) {
			servers := natstest.Run(b, 1, func(o *server.Options) { o.SyncAlways, o.JetStreamMaxStore = false, 2<<30 })
			space := config(b, servers)
			space.MaxBytes = 1 << 30
			c, err := tryConnect(b, space)
			if err != nil {
				b.Fatal(err)
			}
			l := open(b, c, newMemoryCopy())
			backplane.Do(l, &backplane.Create{Room: history.Room{Name: proto.Name{Shown: "go", Fold: "go", Skeleton: "go"}}})
			first := l.Figures().Applied
			n := uint64(1)
			publish := func(items ...backplane.Change) {
				record := machine.Record{Epoch: 1, N: n, Items: items}
				send := c.Publish
				if n%256 == 0 { // the server drops what it has no time for
					send = c.PublishStored
				}
				if err := send(record.Append(nil)); err != nil {
					b.Fatal(err)
				}
				n++
			}
			publish(&backplane.Heartbeat{})
			items := slices.Repeat([]backplane.Change{posts("go", string(make([]byte, 64)))}, size)
			for range b.N / size {
				publish(items...)
			}
			publish(&backplane.EndEpoch{})
			backplane.Do(l, &backplane.SetTopic{Fold: "go"}) // all before it is stored
			store := openStore(b)
			b.ResetTimer()
			rebuilt := open(b, c, store.Copy())
			b.StopTimer()
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "posts/s")
			b.ReportMetric(float64(rebuilt.Figures().Applied-first), "records")
			if room, err := store.Room(b.Context(), "go"); err != nil || room.Head != uint64(b.N/size*size) {
				b.Errorf("the room has %d posts, want %d: %v", room.Head, b.N/size*size, err)
			}
			rebuilt.Close()
			l.Close()
		})
	}
}
