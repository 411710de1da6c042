package lineeditor

import (
	"io"
	"sync"
)

// A screen is what a term.Terminal draws on and reads keys from. What is drawn is collected
// and written by flush: the Terminal draws with its lock held, and a peer that takes
// nothing must not hold up everybody who needs that.
type screen struct {
	peer    io.ReadWriter
	keys    keys          // for the goroutine that reads
	writing chan struct{} // holds a token while a goroutine writes to the peer

	mu    sync.Mutex
	drawn []byte
}

func newScreen(peer io.ReadWriter) *screen {
	return &screen{peer: peer, keys: keys{peer: peer}, writing: make(chan struct{}, 1)}
}

// Write implements io.Writer for the Terminal. It never fails.
func (s *screen) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.drawn = append(s.drawn, p...)
	return len(p), nil
}

// Read implements io.Reader for the Terminal: what the last keys have drawn is shown before
// it waits for others.
func (s *screen) Read(p []byte) (int, error) {
	if err := s.flush(); err != nil {
		return 0, err
	}
	return s.keys.Read(p)
}

// flush waits until the peer has taken what is drawn.
func (s *screen) flush() error {
	s.writing <- struct{}{}
	defer func() { <-s.writing }()
	drawn := s.take()
	if len(drawn) == 0 {
		return nil
	}
	_, err := s.peer.Write(drawFilled(drawn))
	return err
}

func (s *screen) take() []byte {
	s.mu.Lock()
	defer s.mu.Unlock()
	drawn := s.drawn
	s.drawn = nil
	return drawn
}
