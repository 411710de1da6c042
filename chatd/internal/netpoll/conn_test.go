package netpoll

import (
	"bytes"
	"errors"
	"io"
	"net"
	"os"
	"sync/atomic"
	"testing"
	"time"
)

// Long input of a connection without a descriptor is read in large pieces.
func TestLongInputIsReadInLargePieces(t *testing.T) {
	near, far := pair(t, "pipe")
	c := newLoop(t).NewConn(near)
	const size = readSize
	go func() { _, _ = far.Write(make([]byte, size)) }()
	fills := 0
	for got := 0; got < size; fills++ {
		if err := c.Fill(); err != nil {
			t.Fatal(err)
		}
		got += c.Discard()
	}
	if fills != 2 {
		t.Errorf("it took %d reads", fills)
	}
}

// A peer that does not read keeps TryWrite from nothing else, and WriteSome until its
// deadline; when it reads, all that was written comes.
func TestWritingToASlowPeer(t *testing.T) {
	for _, kind := range []string{"tcp", "unix"} {
		t.Run(kind, func(t *testing.T) {
			near, far := pair(t, kind)
			c := newLoop(t).NewConn(near)
			pieces := [][]byte{bytes.Repeat([]byte("a"), 5000), bytes.Repeat([]byte("b"), 70_000)}
			total := 0
			for n := -1; n != 0 && hasDescriptors; total += n {
				var err error
				if n, err = c.TryWrite(pieces); err != nil {
					t.Fatal(err)
				}
			}
			_ = c.SetWriteDeadline(time.Unix(1, 0))
			if n, err := c.WriteSome(pieces); n != 0 || !errors.Is(err, os.ErrDeadlineExceeded) {
				t.Errorf("after the deadline WriteSome returned %d, %v", n, err)
			}
			_ = c.SetWriteDeadline(time.Time{})
			received := make(chan int)
			go func() {
				n, _ := io.Copy(io.Discard, far)
				received <- int(n)
			}()
			for range 100 {
				n, err := c.WriteSome(pieces)
				if n <= 0 || err != nil {
					t.Fatalf("WriteSome returned %d, %v", n, err)
				}
				total += n
			}
			_ = c.Close()
			if n := <-received; n != total {
				t.Errorf("of %d bytes %d came", total, n)
			}
		})
	}
}

// A connection that waits for input holds no large buffer.
func TestIdleConnHoldsNoBuffer(t *testing.T) {
	forEachKind(t, func(t *testing.T, kind string) {
		near, far := pair(t, kind)
		c := newLoop(t).NewConn(near)
		go func() { _, _ = far.Write(bytes.Repeat([]byte("x"), 3*smallSize-1)) }()
		for got := 0; got < 3*smallSize-1; {
			if err := c.Fill(); err != nil && err != ErrWouldBlock {
				t.Fatal(err)
			}
			got += c.Discard()
		}
		ended := make(chan error)
		go func() { ended <- c.Fill() }()
		_ = far.Close()
		if err := <-ended; err != io.EOF {
			t.Errorf("Fill returned %v", err)
		}
		if c.buf != nil || c.raw != nil && c.small != nil {
			t.Error("it holds a buffer")
		}
	})
}

// Each Wake has the serve function called, whatever it is at. Input still comes, and
// Interrupt still ends it.
func TestWake(t *testing.T) {
	forEachKind(t, func(t *testing.T, kind string) {
		l := newLoop(t)
		near, far := pair(t, kind)
		c := l.NewConn(near)
		var woken atomic.Bool
		serves, input, ended := make(chan bool), make(chan string), make(chan error)
		l.Start(c, func(*Turn) {
			if woken.Swap(false) {
				serves <- true
			}
			switch err := c.Fill(); err {
			case nil:
				b := make([]byte, c.Buffered())
				_, _ = c.Read(b)
				input <- string(b)
			case ErrWouldBlock:
			default:
				_ = c.Close()
				ended <- err
			}
		})
		for range 100 {
			woken.Store(true)
			c.Wake()
			<-serves
			_, _ = far.Write([]byte("x"))
			if got := <-input; got != "x" {
				t.Fatalf("got %q", got)
			}
		}
		c.Wake()
		c.Interrupt()
		c.Wake()
		if err := <-ended; !errors.Is(err, os.ErrDeadlineExceeded) {
			t.Errorf("it ended with %v", err)
		}
		c.Wake() // without effect
	})
}

// A connection that is closed lingering tells its peer at once, and drops what still
// comes: until the peer closes, or for as long and as much as it may.
func TestCloseLingering(t *testing.T) {
	for name, peer := range map[string]func(far net.Conn){
		"the peer closes":     func(far net.Conn) { _ = far.Close() },
		"the peer sends more": func(far net.Conn) { _, _ = far.Write(make([]byte, 2*lingerBytes)) },
		"the peer does nothing": func(far net.Conn) {
			_, _ = io.Copy(io.Discard, far)
		},
	} {
		t.Run(name, func(t *testing.T) {
			for _, kind := range []string{"tcp", "unix"} {
				l := newLoop(t)
				near, far := pair(t, kind)
				c := l.NewConn(near)
				closed := make(chan bool)
				l.Start(c, func(*Turn) {
					if err := c.Fill(); err != nil {
						return
					}
					_, _ = c.WriteSome([][]byte{[]byte("bye")})
					c.CloseLingering(func() { close(closed) })
				})
				_, _ = far.Write([]byte("quit"))
				if got, err := io.ReadAll(far); string(got) != "bye" || err != nil {
					t.Errorf("got %q, %v", got, err)
				}
				peer(far)
				<-closed
				l.Close()
			}
		})
	}
}
