package main

import (
	"io"
	"net"
	"sync"
)

// A sink accepts connections, discards what they send and answers nothing. What an attack
// costs at a sink is the attackers' own work.
type sink struct {
	net.Listener
	work sync.WaitGroup // the accept loop and the connections
}

// openSink opens a sink, which Close ends.
func openSink() (*sink, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	s := &sink{Listener: l}
	s.work.Go(s.accept)
	return s, nil
}

// accept accepts until the listener is closed.
func (s *sink) accept() {
	for {
		conn, err := s.Accept()
		if err != nil {
			return
		}
		s.work.Go(func() {
			_, _ = io.Copy(io.Discard, conn) // until the peer ends, or breaks
			_ = conn.Close()
		})
	}
}

// Close closes the listener, and waits until all peers have ended their connections.
func (s *sink) Close() error {
	err := s.Listener.Close()
	s.work.Wait()
	return err
}
