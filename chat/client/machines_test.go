package client_test

import (
	"context"
	"net"
	"sync"
	"syscall"
	"testing"
	"testing/synctest"

	"linechat/chat/client"
	"linechat/chatd/servertest"
)

// A machine is one of several ways to one chat, which can be down.
type machine struct {
	chat *servertest.Server

	mu      sync.Mutex
	down    bool
	conns   []net.Conn
	dialled int
}

func (m *machine) dial(ctx context.Context) (net.Conn, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.down {
		return nil, syscall.ECONNREFUSED
	}
	n, err := m.chat.Dial(ctx)
	m.conns, m.dialled = append(m.conns, n), m.dialled+1
	return n, err
}

// kill ends the machine's connections without a word, and refuses others until it is
// started again.
func (m *machine) kill() {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, n := range m.conns {
		_ = n.Close()
	}
	m.conns, m.down = nil, true
}

func (m *machine) start() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.down = false
}

// TestMachines: of posts while one machine after the other dies, and comes back, none is
// lost or doubled, and each is read once and in order.
func TestMachines(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		chat := servertest.New(servertest.Config{})
		defer chat.Close()
		machines := []*machine{{chat: chat}, {chat: chat}, {chat: chat}}
		config := func(nick string) client.Config {
			c := client.Config{Nick: nick, Dial: chat.Dial}
			return c.WithServers(machines[0].dial, machines[1].dial, machines[2].dial)
		}
		const lines, kills = 6000, 5
		p := newPipe(t, lines, config("reader"), config("poster"))
		var clients sync.WaitGroup
		clients.Go(p.post)
		clients.Go(p.watch)
		for kill := range kills {
			for n := range p.read {
				if n >= (kill+1)*lines/(kills+1) {
					break
				}
			}
			machines[(kill+1)%3].start()
			machines[kill%3].kill()
		}
		for range p.read {
		}
		clients.Wait()
		for i, m := range machines {
			if m.dialled == 0 {
				t.Errorf("nobody has been at machine %d", i)
			}
		}
	})
}
