package netpoll

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// kinds are the kinds of connections that a Loop serves.
var kinds = []string{"tcp", "unix", "pipe"}

// pair returns the two ends of a connection. far is closed at the test's end, and near is
// the test's to be closed.
func pair(t *testing.T, kind string) (near, far net.Conn) {
	t.Helper()
	if kind == "pipe" {
		near, far = net.Pipe()
	} else {
		near, far = socketPair(t, kind)
	}
	t.Cleanup(func() { _ = far.Close() })
	return near, far
}

func socketPair(t *testing.T, kind string) (near, far net.Conn) {
	t.Helper()
	address := "127.0.0.1:0"
	if kind == "unix" {
		address = filepath.Join(t.TempDir(), "socket")
	}
	l, err := net.Listen(kind, address)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	if far, err = net.Dial(kind, l.Addr().String()); err != nil {
		t.Fatal(err)
	}
	if near, err = l.Accept(); err != nil {
		t.Fatal(err)
	}
	return near, far
}

// newLoop returns a Loop that must end with the test.
func newLoop(t *testing.T) *Loop {
	l := new(Loop)
	t.Cleanup(l.Close)
	return l
}

// serveWith returns a serve function that passes on what comes in and closes c when its
// input ends.
func serveWith(c *Conn, got func(t *Turn, b []byte)) func(*Turn) {
	return func(t *Turn) {
		for {
			err := c.Fill()
			if err == ErrWouldBlock {
				return
			}
			if err != nil {
				_ = c.Close()
				return
			}
			b := make([]byte, c.Buffered())
			if n, err := c.Read(b); n != len(b) || err != nil {
				panic(fmt.Sprintf("Read returned %d, %v; want %d", n, err, len(b)))
			}
			got(t, b)
		}
	}
}

// echo serves c with what comes in.
func echo(l *Loop, c *Conn) {
	l.Start(c, serveWith(c, func(t *Turn, b []byte) {
		t.Block()
		for len(b) > 0 {
			n, err := c.WriteSome([][]byte{b})
			if err != nil {
				return // Fill will say so
			}
			b = b[n:]
		}
	}))
}

func forEachKind(t *testing.T, f func(t *testing.T, kind string)) {
	for _, kind := range kinds {
		t.Run(kind, func(t *testing.T) { f(t, kind) })
	}
}

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

// work is deferred work that counts what was handed to it and what it has done.
type work struct {
	handed  atomic.Int64
	done    atomic.Int64
	bell    chan bool
	members uint64
}

func newWork(members uint64) *work { return &work{bell: make(chan bool, 1), members: members} }

func (w *work) Members() uint64 { return w.members }

func (w *work) TryProcess() { w.done.Store(w.handed.Load()) }

func (w *work) Notify() {
	select {
	case w.bell <- true:
	default:
	}
}

// Deferred work is done for all that was handed to it, whether the serve function goes on
// to read, blocks, or ends.
func TestDeferredWorkIsDone(t *testing.T) {
	for name, after := range map[string]func(*Turn){
		"reading":  func(*Turn) {},
		"blocking": (*Turn).Block,
	} {
		for _, members := range []uint64{1, manyMembers + 1} {
			t.Run(fmt.Sprint(name, ", ", members), func(t *testing.T) {
				forEachKind(t, func(t *testing.T, kind string) { deferTo(t, kind, newWork(members), after) })
			})
		}
	}
}

func deferTo(t *testing.T, kind string, w *work, after func(*Turn)) {
	l := newLoop(t)
	done := make(chan bool)
	var notified sync.WaitGroup
	notified.Go(func() {
		for {
			select {
			case <-w.bell:
				w.TryProcess()
			case <-done:
				return
			}
		}
	})
	const conns, bytesEach = 10, 50
	var wg sync.WaitGroup
	for range conns {
		near, far := pair(t, kind)
		c := l.NewConn(near)
		l.Start(c, serveWith(c, func(turn *Turn, b []byte) {
			for range b {
				w.handed.Add(1)
				turn.Defer(w)
			}
			after(turn)
		}))
		wg.Go(func() {
			for range bytesEach {
				_, _ = far.Write([]byte("x"))
			}
		})
		defer far.Close()
	}
	wg.Wait()
	for w.done.Load() < conns*bytesEach {
		runtime.Gosched()
	}
	close(done)
	notified.Wait()
}

// Work that is deferred as the connection is closed is done, too.
func TestDeferredWorkOfAConnThatIsClosed(t *testing.T) {
	forEachKind(t, func(t *testing.T, kind string) {
		l := newLoop(t)
		near, far := pair(t, kind)
		c := l.NewConn(near)
		w := newWork(1)
		l.Start(c, func(turn *Turn) {
			if c.Fill() == ErrWouldBlock {
				return
			}
			w.handed.Add(1)
			turn.Defer(w)
			_ = c.Close()
		})
		_ = far.Close()
		for w.done.Load() == 0 {
			select {
			case <-w.bell:
				w.TryProcess()
			default:
				runtime.Gosched()
			}
		}
	})
}

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
