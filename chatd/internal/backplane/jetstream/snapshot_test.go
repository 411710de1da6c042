package jetstream_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"linechat/chatd/internal/backplane/jetstream/natstest"
)

// TestCopyFromAnotherMachine has two machines take copies of a third at once.
func TestCopyFromAnotherMachine(t *testing.T) {
	t.Parallel()
	c := connect(t, natstest.Run(t, 1))
	want := make([]byte, 3<<20+77)
	rand.Read(want)
	file := filepath.Join(t.TempDir(), "snapshot")
	made := 0
	giving := options
	giving.Snapshot = func(context.Context) (string, error) {
		if made++; made == 1 {
			return "", errors.New("the first does not succeed")
		}
		return file, os.WriteFile(file, want, 0o600)
	}
	l, err := tryOpen(t, c, newMemoryCopy(), giving)
	if err != nil {
		t.Fatal(err)
	}
	if err := l.Start(&testMachine{changed: make(chan struct{})}); err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	for range 2 {
		wg.Go(func() {
			var got bytes.Buffer
			if err := c.Fetch(t.Context(), &got); err != nil || !bytes.Equal(got.Bytes(), want) {
				t.Errorf("%d bytes were taken, %v; want %d", got.Len(), err, len(want))
			}
		})
	}
	wg.Wait()
	if made != 2 {
		t.Errorf("%d snapshots were made, want 2", made)
	}
	l.Close()
	if _, err := os.Stat(file); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the snapshot is still there: %v", err)
	}
}

// TestCopyOnTheWayIsInterrupted ends the wait for a copy.
func TestCopyOnTheWayIsInterrupted(t *testing.T) {
	t.Parallel()
	c := connect(t, natstest.Run(t, 1))
	began := make(chan struct{})
	slow := options
	slow.Snapshot = func(ctx context.Context) (string, error) {
		close(began)
		<-ctx.Done()
		return "", ctx.Err()
	}
	l, err := tryOpen(t, c, newMemoryCopy(), slow)
	if err != nil {
		t.Fatal(err)
	}
	if err := l.Start(&testMachine{changed: make(chan struct{})}); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	go func() { // until Fetch returns, which the test waits for
		<-began
		cancel()
	}()
	if err := c.Fetch(ctx, nil); !errors.Is(err, context.Canceled) {
		t.Errorf("the copy: %v, want Canceled", err)
	}
	l.Close() // ends the snapshot
}
