package main

import (
	"context"
	"os"
)

// An input is a file, reading which ends with a context. Close it.
type input struct {
	ctx   context.Context
	f     *os.File
	alarm *alarm
}

func newInput(ctx context.Context, f *os.File) (*input, error) {
	a, err := newAlarm(ctx)
	return &input{ctx, f, a}, err
}

// Close lets the file be.
func (in *input) Close() error {
	in.alarm.close()
	return nil
}

// Read reads what there is, as soon as there is any.
func (in *input) Read(b []byte) (int, error) {
	readable, err := in.alarm.readable(in.f)
	switch {
	case err != nil:
		return 0, err
	case !readable:
		return 0, context.Cause(in.ctx)
	}
	return in.f.Read(b)
}

// whileRead returns a context that ends, with errReaderGone, when nobody reads
// stdout any more, also while nothing is written to it. Stop waits for the one
// that watches.
func (p *program) whileRead(parent context.Context) (ctx context.Context, stop func(), err error) {
	ctx, cancel := context.WithCancelCause(parent)
	a, err := newAlarm(ctx)
	if err != nil {
		cancel(err)
		return nil, nil, err
	}
	watched := make(chan struct{})
	go func() {
		defer close(watched)
		if gone, err := a.abandoned(p.stdout); gone && err == nil {
			cancel(errReaderGone)
		}
	}()
	return ctx, func() {
		cancel(nil)
		<-watched
		a.close()
	}, nil
}
