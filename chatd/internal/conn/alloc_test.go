//go:build unix && !race && !nodescriptors

package conn

import (
	"log/slog"
	"net"
	"os"
	"syscall"
	"testing"

	"linechat/chatd/internal/history"
	"linechat/chatd/internal/hub"
	"linechat/chatd/internal/netpoll"
	"linechat/chatd/proto"
)

// A nullConn takes whatever is written, by its descriptor.
type nullConn struct {
	net.Conn
	file *os.File
}

func (c nullConn) SyscallConn() (syscall.RawConn, error) { return c.file.SyscallConn() }
func (nullConn) LocalAddr() net.Addr                     { return &net.UnixAddr{} }

// Writing a room's line to a member allocates nothing.
func TestFanOutAllocatesNothingPerMember(t *testing.T) {
	for _, form := range []proto.Form{proto.Text, proto.JSON, proto.People, proto.PeopleTagged} {
		few, many := allocationsPerPost(t, 1, form), allocationsPerPost(t, 101, form)
		if perMember := (many - few) / 100; perMember > 0.05 { // the pools may be emptied at times
			t.Errorf("form %d: a post to 1 member takes %v allocations, one to 101 members %v", form, few, many)
		}
	}
}

func allocationsPerPost(t *testing.T, members int, form proto.Form) float64 {
	null, err := os.OpenFile(os.DevNull, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer null.Close()
	world := newWorld(t, history.NewMemory(1<<20))
	poster := hub.Post{Post: history.Post{Kind: proto.MSG, Nick: "bob", Text: "hi"}, From: 1 << 32}
	out := new(Outbox)
	loop := new(netpoll.Loop)
	config := &Config{Store: t.Context(), Log: slog.New(slog.DiscardHandler)}
	room := world.open()
	defer room.Release()
	for i := range members {
		w := new(Writer)
		out = new(Outbox)
		Init(out, w, uint64(i), loop.NewConn(nullConn{file: null}), nil, config)
		w.Options.Form = form
		m := world.member(uint64(i), "alice", w.Flush)
		out.EndReplyThen(func() { w.Join(m) })
		w.Flush()
		defer m.Room().Release()
		defer m.Leave(nil, "")
	}
	return testing.AllocsPerRun(500, func() {
		p := &PostReply{Post: poster, Verb: "POST", Room: room}
		out.Post(p)
		room.TryPost(&p.Post)
		room.TryProcess()
	})
}
