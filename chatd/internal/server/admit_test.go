package server

import (
	"context"
	"errors"
	"io"
	"net"
	"testing"
	"testing/synctest"

	"linechat/chatd/internal/history"
)

// A late listener has one more connection to accept when it is closed.
type late struct {
	last   net.Conn
	closed chan struct{}
}

func (l *late) Accept() (net.Conn, error) {
	<-l.closed
	if c := l.last; c != nil {
		l.last = nil
		return c, nil
	}
	return nil, net.ErrClosed
}

func (l *late) Close() error {
	close(l.closed)
	return nil
}

func (l *late) Addr() net.Addr { return &net.UnixAddr{Net: "unix"} }

func TestConnectionAcceptedAfterTheStopIsClosed(t *testing.T) {
	bubble(t, memory, func(t *testing.T, srv *Server, _ *history.Memory) {
		near, far := net.Pipe()
		l := &late{near, make(chan struct{})}
		served := make(chan error)
		go func() { served <- srv.Serve(l) }()
		synctest.Wait() // until it accepts
		if err := srv.Shutdown(context.Background()); err != nil {
			t.Fatal(err)
		}
		if rest, err := io.ReadAll(far); len(rest) > 0 || err != nil {
			t.Errorf("a connection that comes too late gets %q, %v", rest, err)
		}
		if err := <-served; !errors.Is(err, ErrStopped) {
			t.Errorf("Serve returned %v", err)
		}
	})
}
