package servertest

import (
	"net"
	"sync"
)

// A pipes is a net.Listener of pipes in memory.
type pipes struct {
	accepted chan net.Conn
	closed   chan struct{}
	closing  sync.Once
}

func (p *pipes) Accept() (net.Conn, error) {
	select {
	case c := <-p.accepted:
		return c, nil
	case <-p.closed:
		return nil, net.ErrClosed
	}
}

func (p *pipes) Close() error {
	p.closing.Do(func() { close(p.closed) })
	return nil
}

func (p *pipes) Addr() net.Addr { return &net.UnixAddr{Name: "memory", Net: "pipe"} }
