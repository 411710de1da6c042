//go:build !unix

package main

import (
	"context"
	"os"
)

// readerGone waits until the context has ended. That nobody reads what is
// written to f is noticed with the next write.
func readerGone(ctx context.Context, _ *os.File) (bool, error) {
	<-ctx.Done()
	return false, nil
}
