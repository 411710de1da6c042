package netpoll

import (
	"bytes"
	"errors"
	"io"
	"math/rand/v2"
	"net"
	"os"
	"runtime"
	"sync"
	"testing"
)

// However input is cut, all of it is served, in order, to its end.
func TestInputIsServedToItsEnd(t *testing.T) {
	forEachKind(t, func(t *testing.T, kind string) {
		l := newLoop(t)
		var wg sync.WaitGroup
		for range 20 {
			near, far := pair(t, kind)
			echo(l, l.NewConn(near))
			sent := make([]byte, 200_000)
			for i := range sent {
				sent[i] = byte(rand.Int())
			}
			wg.Go(func() { writeInParts(far, sent) })
			wg.Go(func() {
				got := make([]byte, len(sent))
				if _, err := io.ReadFull(far, got); err != nil || !bytes.Equal(got, sent) {
					t.Errorf("what came back differs from what was sent, %v", err)
				}
				_ = far.Close()
			})
		}
		wg.Wait()
	})
}

// writeInParts writes b in parts whose sizes are those at which reads begin to differ,
// among others.
func writeInParts(w io.Writer, b []byte) {
	sizes := []int{1, 2, smallSize - 1, smallSize, smallSize + 1, readSize - 1, readSize, readSize + 1, 3 * readSize}
	for len(b) > 0 {
		n := min(len(b), sizes[rand.IntN(len(sizes))])
		_, _ = w.Write(b[:n])
		b = b[n:]
	}
}

// One goroutine at a time serves a connection.
func TestOneCallAtATime(t *testing.T) {
	forEachKind(t, func(t *testing.T, kind string) {
		l := newLoop(t)
		near, far := pair(t, kind)
		c := l.NewConn(near)
		var inside, total int // unguarded, for the race detector
		ended := make(chan bool)
		serve := serveWith(c, func(turn *Turn, b []byte) {
			turn.Block()
			total += len(b)
			runtime.Gosched()
		})
		l.Start(c, func(turn *Turn) {
			if inside++; inside != 1 {
				t.Errorf("%d calls at a time", inside)
			}
			serve(turn)
			inside--
			if c.closed.Load() {
				close(ended)
			}
		})
		for range 10_000 {
			_, _ = far.Write([]byte("x"))
		}
		_ = far.Close()
		<-ended
		if total != 10_000 {
			t.Errorf("got %d bytes", total)
		}
	})
}

// A connection that is interrupted is served, idle or not, before Start or after it, and
// sees why.
func TestInterrupt(t *testing.T) {
	for name, interrupt := range map[string]func(l *Loop, c *Conn, serve func(*Turn), far net.Conn, served <-chan bool){
		"before it starts": func(l *Loop, c *Conn, serve func(*Turn), _ net.Conn, _ <-chan bool) {
			c.Interrupt()
			l.Start(c, serve)
		},
		"as it starts": func(l *Loop, c *Conn, serve func(*Turn), _ net.Conn, _ <-chan bool) {
			go c.Interrupt()
			l.Start(c, serve)
		},
		"later": func(l *Loop, c *Conn, serve func(*Turn), far net.Conn, served <-chan bool) {
			l.Start(c, serve)
			_, _ = far.Write([]byte("x"))
			<-served
			c.Interrupt()
		},
	} {
		t.Run(name, func(t *testing.T) {
			forEachKind(t, func(t *testing.T, kind string) {
				l := newLoop(t)
				near, far := pair(t, kind)
				c := l.NewConn(near)
				served, ended := make(chan bool, 1), make(chan error, 1)
				interrupt(l, c, func(*Turn) {
					err := c.Fill()
					for ; err == nil; err = c.Fill() {
						c.Discard()
						served <- true
					}
					if err != ErrWouldBlock {
						ended <- err
						_ = c.Close()
					}
				}, far, served)
				if err := <-ended; !errors.Is(err, os.ErrDeadlineExceeded) {
					t.Errorf("Fill returned %v", err)
				}
			})
		})
	}
}

// An aborted connection is served once more, to see that it is closed.
func TestAbort(t *testing.T) {
	forEachKind(t, func(t *testing.T, kind string) {
		l := newLoop(t)
		near, far := pair(t, kind)
		c := l.NewConn(near)
		echo(l, c)
		_, _ = far.Write([]byte("x"))
		if _, err := io.ReadFull(far, make([]byte, 1)); err != nil {
			t.Fatal(err)
		}
		c.Abort()
		l.Close() // returns only when serve has closed c
	})
}

// A serve function that waits without having called Block holds up others for a moment
// only.
func TestForgottenBlock(t *testing.T) {
	l := newLoop(t)
	for range maxForgotten {
		near, far := pair(t, "tcp")
		c := l.NewConn(near)
		inside, goOn := make(chan bool), make(chan bool)
		l.Start(c, serveWith(c, func(*Turn, []byte) {
			inside <- true
			<-goOn
		}))
		_, _ = far.Write([]byte("x"))
		<-inside
		defer close(goOn)
		defer far.Close()
	}
	near, far := pair(t, "tcp")
	echo(l, l.NewConn(near))
	_, _ = far.Write([]byte("x"))
	if _, err := io.ReadFull(far, make([]byte, 1)); err != nil {
		t.Error(err)
	}
	_ = far.Close()
}

// maxForgotten is more than how many goroutines stand by.
const maxForgotten = 20

// Idle connections have no goroutines where they are polled.
func TestGoroutinesOfIdleConns(t *testing.T) {
	l := newLoop(t)
	before := runtime.NumGoroutine()
	for range 90 {
		near, far := pair(t, "tcp")
		echo(l, l.NewConn(near))
		_, _ = far.Write([]byte("x"))
		_, _ = io.ReadFull(far, make([]byte, 1))
		defer far.Close()
	}
	if n := runtime.NumGoroutine() - before; n > goroutinesOfIdle {
		t.Errorf("90 idle connections have %d goroutines", n)
	}
}
