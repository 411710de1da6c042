package hub

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"linechat/chatd/internal/history"
	"linechat/chatd/proto"
)

// BenchmarkFanOut publishes a batch and has every member read it. What is
// allocated is the batch, however many members there are.
func BenchmarkFanOut(b *testing.B) {
	for _, posts := range []int{1, 64} {
		for _, members := range []int{1, 10, 100, 1000} {
			b.Run(fmt.Sprintf("posts=%d/members=%d", posts, members), func(b *testing.B) { fanOut(b, posts, members, proto.Text) })
		}
	}
}

// BenchmarkFanOutForms is BenchmarkFanOut to 200 members in each form that programs and
// people choose.
func BenchmarkFanOutForms(b *testing.B) {
	for _, posts := range []int{1, 64} {
		for form, name := range [proto.Forms]string{proto.Text: "text", proto.JSON: "json", proto.People: "people"} {
			if name != "" {
				b.Run(fmt.Sprintf("posts=%d/%s", posts, name), func(b *testing.B) { fanOut(b, posts, 200, proto.Form(form)) })
			}
		}
	}
}

func fanOut(b *testing.B, posts, connections int, form proto.Form) {
	h, _ := newHub(b, Config{MaxRooms: 10, MaxMembers: 10_000, LogBytes: ample}, ample)
	r := newRoom(h, "go")
	r.name.Shown = "go"
	r.log.start(0, time.Time{}, &h.budget)
	all := make([]*Member, connections)
	r.members.Store(&members{all: all, nicks: connections})
	for i := range all {
		all[i] = &Member{Cursor: Cursor{room: r, pos: 1}, session: uint64(i), wake: noWake}
	}
	post := samplePost()
	views := make([]ReadOptions, connections)
	for i := range views {
		views[i] = ReadOptions{Form: form, Session: uint64(i), Current: r}
	}
	var buf []byte
	bytes := 0
	b.ReportAllocs()
	for b.Loop() {
		entries := make([]entry, posts)
		for i := range entries {
			post.Seq++
			entries[i] = entry{post: post, from: 1 << 32}
		}
		for _, m := range r.publish(entries) {
			m.wake()
		}
		for i, m := range all {
			head := m.Head()
			for more := true; more; {
				shared, copied, again, err := m.Next(context.Background(), head, &views[i], buf[:0])
				if err != nil {
					b.Fatal(err)
				}
				buf = copied
				bytes += len(shared) + len(copied)
				more = again
			}
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*connections), "ns/member")
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*connections*posts), "ns/delivery")
	if bytes == 0 {
		b.Error("nothing was read")
	}
}

func samplePost() history.Post {
	return history.Post{Seq: 1000, Time: time.Date(2026, 11, 23, 10, 0, 0, 0, time.UTC), Kind: proto.MSG, Nick: "alice", Text: strings.Repeat("x", 64)}
}

func BenchmarkEncode(b *testing.B) {
	for form, name := range []string{proto.Text: "text", proto.TextCRLF: "text-crlf", proto.JSON: "json", proto.JSONCRLF: "json-crlf"} {
		b.Run(name, func(b *testing.B) {
			e := entry{post: samplePost()}
			var buf []byte
			b.ReportAllocs()
			for b.Loop() {
				buf = e.line("go").Append(buf[:0], proto.Form(form))
			}
			b.SetBytes(int64(len(buf)))
		})
	}
}

// BenchmarkPost takes posts through a room, its store and one member.
func BenchmarkPost(b *testing.B) {
	h, _ := newHub(b, usual, ample)
	r := open(b, h, "go")
	m := join(b, r, 1, "alice", 0)
	b.ReportAllocs()
	for b.Loop() {
		<-say(b, r, "sixty-four bytes are what the speed of others was measured with").answered
		if _, _, _, err := m.Next(context.Background(), m.Head(), &ReadOptions{}, nil); err != nil {
			b.Fatal(err)
		}
	}
}
