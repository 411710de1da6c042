//go:build !386 && !arm

package main

import (
	"bytes"
	"math/rand/v2"
	"syscall"
	"testing"
)

// page returns a page of one letter.
func page(letter byte) []byte { return bytes.Repeat([]byte{letter}, pageBytes) }

// mustWrite writes as the kernel would.
func (f *file) mustWrite(t *testing.T, data []byte, off int64) {
	t.Helper()
	if n, errno := f.Write(t.Context(), nil, data, off); int(n) != len(data) || errno != 0 {
		t.Fatal(n, errno)
	}
}

func coin() *rand.Rand { return rand.New(rand.NewPCG(1, 1)) }

// TestSyncedSurvives: a cut leaves what was synced, and of the rest what the
// coin keeps.
func TestSyncedSurvives(t *testing.T) {
	f := &file{disk: &disk{}}
	f.mustWrite(t, page('a'), 0)
	f.mustWrite(t, page('b'), pageBytes)
	if errno := f.Fsync(t.Context(), nil, 0); errno != 0 {
		t.Fatal(errno)
	}
	f.mustWrite(t, page('c'), 0)
	f.mustWrite(t, []byte("tail"), 3*pageBytes)
	old := append(page('a'), page('b')...)
	if left := f.survive(coin(), 0); !bytes.Equal(left, old) {
		t.Errorf("nothing kept: %d bytes", len(left))
	}
	all := append(append(append(page('c'), page('b')...), make([]byte, pageBytes)...), "tail"...)
	if left := f.survive(coin(), 1); !bytes.Equal(left, all) {
		t.Errorf("all kept: %d bytes", len(left))
	}
}

// TestShortened: that a file was made shorter is lost, or not, like a page.
func TestShortened(t *testing.T) {
	f := &file{disk: &disk{}}
	f.mustWrite(t, append(page('a'), page('b')...), 0)
	f.Fsync(t.Context(), nil, 0)
	f.truncate(10)
	if left := f.survive(coin(), 0); len(left) != 2*pageBytes {
		t.Errorf("nothing kept: %d bytes", len(left))
	}
	if left := f.survive(coin(), 1); len(left) != 10 {
		t.Errorf("all kept: %d bytes", len(left))
	}
	f.Fsync(t.Context(), nil, 0)
	f.truncate(20)
	f.Fsync(t.Context(), nil, 0)
	if left := f.survive(coin(), 0); !bytes.Equal(left, append(page('a')[:10], make([]byte, 10)...)) {
		t.Errorf("synced: %q", left)
	}
}

// TestFailedSync: a page whose sync has failed is not made durable by the next
// sync, but by being written again.
func TestFailedSync(t *testing.T) {
	f := &file{disk: &disk{}}
	f.disk.failure.Store(&failure{sync: syscall.EIO})
	f.mustWrite(t, page('a'), 0)
	if errno := f.Fsync(t.Context(), nil, 0); errno != syscall.EIO {
		t.Fatal(errno)
	}
	f.disk.failure.Store(nil)
	f.Fsync(t.Context(), nil, 0)
	if left := f.survive(coin(), 0); !bytes.Equal(left, make([]byte, pageBytes)) {
		t.Error("a page is durable although its sync failed")
	}
	f.mustWrite(t, page('a'), 0)
	f.Fsync(t.Context(), nil, 0)
	if left := f.survive(coin(), 0); !bytes.Equal(left, page('a')) {
		t.Error("a page that was written again is not durable")
	}
}
