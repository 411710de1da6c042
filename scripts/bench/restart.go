package main

import (
	"context"
	"time"
)

// quietFor is how long a server is to rest before it is said to have nothing
// left to do.
const quietFor = time.Second

// settle waits until the server's CPU clock has all but stood still that long.
func (s *server) settle(ctx context.Context) error {
	for last := -1.0; ; {
		now, err := s.CPUSeconds()
		if err != nil || now-last < 0.01 {
			return err
		}
		last = now
		if err := wait(ctx, quietFor); err != nil {
			return err
		}
	}
}
