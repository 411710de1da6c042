package main

import (
	"context"
	"errors"
	"io"
	"testing"
)

// TestStuckInput: a read that nothing can end holds up nobody once the context
// has ended.
func TestStuckInput(t *testing.T) {
	stuck, typed := io.Pipe()
	defer stuck.Close() // which ends the goroutine that reads it
	ctx, cancel := context.WithCancelCause(t.Context())
	in := untilDone(ctx, stuck)
	if _, err := io.WriteString(typed, "line\n"); err != nil {
		t.Fatal(err)
	}
	b := make([]byte, 100)
	if n, err := in.Read(b); string(b[:n]) != "line\n" || err != nil {
		t.Fatalf("read is %q, %v", b[:n], err)
	}
	over := errors.New("over")
	cancel(over)
	if n, err := in.Read(b); n != 0 || !errors.Is(err, over) {
		t.Errorf("read is %q, %v", b[:n], err)
	}
}
