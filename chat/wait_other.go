//go:build !unix

package main

import (
	"context"
	"os"
)

// An alarm ends a wait for a file when a context ends, where the system has a
// way to do so. Here a read is waited for, and what a reader has left is noticed
// with the next write.
type alarm struct{ ctx context.Context }

func newAlarm(ctx context.Context) (*alarm, error) { return &alarm{ctx}, nil }

func (a *alarm) close() {}

func (a *alarm) readable(*os.File) (bool, error) { return a.ctx.Err() == nil, nil }

func (a *alarm) abandoned(*os.File) (bool, error) {
	<-a.ctx.Done()
	return false, nil
}
