package main

import (
	"context"
	"io"
	"sync"
)

// untilDone returns a reader of f that fails when the context ends. Not every
// system can end a read that waits, so the goroutine that reads f is left in it
// then, and ends with the program.
func untilDone(ctx context.Context, f io.Reader) io.ReadCloser {
	r, w := io.Pipe()
	go func() {
		_, err := io.Copy(w, f)
		_ = w.CloseWithError(err)
	}()
	context.AfterFunc(ctx, func() { _ = w.CloseWithError(context.Cause(ctx)) })
	return r
}

// watchStdout returns a context that ends, with errReaderGone, when nobody reads
// stdout any more, also while nothing is written to it. Stop waits for the
// goroutine that watches.
func (p *program) watchStdout(parent context.Context) (ctx context.Context, stop func()) {
	ctx, cancel := context.WithCancelCause(parent)
	var wg sync.WaitGroup
	wg.Go(func() {
		if gone, err := readerGone(ctx, p.stdout); gone && err == nil {
			cancel(errReaderGone)
		}
	})
	return ctx, func() {
		cancel(nil)
		wg.Wait()
	}
}
