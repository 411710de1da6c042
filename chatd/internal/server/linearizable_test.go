package server

import (
	"bytes"
	"context"
	"net"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"linechat/chatd/proto"
	"linechat/scripts/harness"
	"linechat/scripts/linearizable"
)

// A breakingConn is cut off when so many more lines have been sent, before they are answered.
// Like a socket it has what has come, also when nothing can be sent any more.
type breakingConn struct {
	net.Conn
	lines int

	mu    sync.Mutex
	come  bytes.Buffer
	more  sync.Cond
	ended error
}

func newBreakingConn(c net.Conn, lines int) *breakingConn {
	b := &breakingConn{Conn: c, lines: lines}
	b.more.L = &b.mu
	go b.receive() // until the connection ends
	return b
}

func (c *breakingConn) receive() {
	var buffer [512]byte
	for {
		n, err := c.Conn.Read(buffer[:])
		c.mu.Lock()
		c.come.Write(buffer[:n])
		c.ended = err
		c.mu.Unlock()
		c.more.Signal()
		if err != nil {
			return
		}
	}
}

func (c *breakingConn) Read(b []byte) (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for c.come.Len() == 0 {
		if c.ended != nil {
			return 0, c.ended
		}
		c.more.Wait()
	}
	return c.come.Read(b)
}

func (c *breakingConn) Write(b []byte) (int, error) {
	n, err := c.Conn.Write(b)
	if c.lines--; c.lines == 0 {
		_ = c.Close()
	}
	return n, err
}

// dialBreaking returns how to connect to a server so that connections break, after 3 to 42 lines.
func dialBreaking(s *Server) linearizable.Dial {
	var connections atomic.Int64
	return func(context.Context) (*harness.Client, error) {
		near, far := net.Pipe()
		s.admit(near)
		c := harness.NewClient(newBreakingConn(far, 3+int(connections.Add(7)%40)))
		return c, c.Hello()
	}
}

// talkToAll has many clients use two machines, while something else happens to the second, and
// checks that there is one order of what they did.
func talkToAll(t *testing.T, seed uint64, nicks []string, meanwhile func(b *testMachine)) {
	t.Helper()
	var run *linearizable.Run
	machines(t, func(t *testing.T, a, b *testMachine) {
		rooms := []string{"go", "chess"}
		for _, room := range rooms {
			connect(t, a.Server).do("CREATE "+room, "OK CREATE "+room)
		}
		settle()
		chat := &linearizable.Chat{
			Machines: []linearizable.Dial{dialBreaking(a.Server), dialBreaking(b.Server)}, Rooms: rooms, Nicks: nicks,
			Clients: 10, Commands: 120, Pause: time.Millisecond, Seed: seed,
		}
		var other sync.WaitGroup
		other.Go(func() { meanwhile(b) })
		var err error
		if run, err = chat.Run(t.Context()); err != nil {
			t.Error(err)
		}
		other.Wait()
	})
	for code, n := range run.Refused() {
		if code != proto.NickTaken && code != proto.StoreFailed {
			t.Errorf("%d commands are refused with %s", n, code)
		}
	}
	if err := run.History.Check(10 * time.Second); err != nil {
		t.Error(err)
	}
}

// There is one order of what many do at two servers at once, though their connections break.
func TestMachinesAreLinearizable(t *testing.T) {
	talkToAll(t, 1, []string{"ann", "bob", "eve"}, func(*testMachine) {})
}

// There is one order in rooms also where one of the servers is taken for gone now and then.
func TestRoomsOfFencedMachinesAreLinearizable(t *testing.T) {
	for seed := range uint64(5) {
		talkToAll(t, seed, nil, func(b *testMachine) {
			for range 5 {
				pass(10 * time.Millisecond)
				b.log.FenceUntil(func() { pass(10 * time.Millisecond) })
				settle()
			}
		})
	}
}
