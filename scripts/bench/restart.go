package main

import (
	"context"
	"time"
)

// resume starts the process again after halt, and returns how long it took to
// answer.
func (s *server) resume(ctx context.Context) (time.Duration, error) {
	began := time.Now()
	if err := s.launch(ctx); err != nil {
		return 0, err
	}
	err := s.awaken(ctx)
	return time.Since(began), err
}

// quietFor is how long a server is to rest before it is said to have nothing
// left to do.
const quietFor = time.Second

// settle waits until the server's CPU clock has all but stood still that long.
func (s *server) settle(ctx context.Context) error {
	for last := -quietFor; ; {
		now, err := s.cpu()
		if err != nil || now-last < quietFor/100 {
			return err
		}
		last = now
		if err := wait(ctx, quietFor); err != nil {
			return err
		}
	}
}
