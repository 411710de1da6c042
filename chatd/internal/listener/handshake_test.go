package listener

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/netip"
	"os"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// A pipeListener accepts the far ends of pipes.
type pipeListener struct {
	accepted chan net.Conn
	closed   chan struct{}
}

func newPipeListener() *pipeListener {
	return &pipeListener{accepted: make(chan net.Conn), closed: make(chan struct{})}
}

func (l *pipeListener) Accept() (net.Conn, error) {
	select {
	case c := <-l.accepted:
		return c, nil
	case <-l.closed:
		return nil, net.ErrClosed
	}
}

func (l *pipeListener) Close() error   { close(l.closed); return nil }
func (l *pipeListener) Addr() net.Addr { return nil }

// A remoteConn is a connection with the peer at an address.
type remoteConn struct {
	net.Conn
	remote *net.TCPAddr
}

func (c remoteConn) RemoteAddr() net.Addr { return c.remote }

// connect connects a peer with an address.
func (l *pipeListener) connect(address string) net.Conn {
	near, far := net.Pipe()
	l.accepted <- remoteConn{far, net.TCPAddrFromAddrPort(netip.AddrPortFrom(netip.MustParseAddr(address), 1))}
	return near
}

// A shaker shakes hands: it reads a byte and then computes until it is told that that has ended.
type shaker struct {
	computing chan struct{} // holds one for each that does
	computed  chan struct{}
}

func newShaker() *shaker {
	return &shaker{make(chan struct{}, 1000), make(chan struct{}, 1000)}
}

func (s *shaker) shake(_ context.Context, c net.Conn) (net.Conn, error) {
	if _, err := c.Read(make([]byte, 1)); err != nil {
		return nil, err
	}
	s.computing <- struct{}{}
	<-s.computed
	<-s.computing
	return c, nil
}

// inBubble runs a test with a listener of the handshakes of s, and a clock of its own.
func inBubble(t *testing.T, test func(t *testing.T, s *shaker, b *Handshakes, inner *pipeListener, l net.Listener)) {
	synctest.Test(t, func(t *testing.T) {
		var b Handshakes
		inner, s := newPipeListener(), newShaker()
		l := b.listen(inner, Options{Log: slog.New(slog.DiscardHandler)}, s.shake)
		test(t, s, &b, inner, l)
		_ = l.Close()
		if len(b.pending)+len(b.queue)+b.total+len(b.perOrigin) > 0 {
			t.Errorf("after Close there is left %+v", &b)
		}
	})
}

// As many compute as may, of one origin and of all; and others when these have ended.
func TestHandshakesThatComputeAreBounded(t *testing.T) {
	inBubble(t, func(t *testing.T, s *shaker, b *Handshakes, inner *pipeListener, l net.Listener) {
		connect := func(address string, n int) {
			for range n {
				c := inner.connect(address)
				go func() { _, _ = c.Write([]byte("x")) }()
			}
			synctest.Wait()
		}
		connect("2001:db8::1", 10)
		connect("2001:db8::2", 10)
		if n := len(s.computing); n != maxComputingPerOrigin {
			t.Errorf("%d of one network compute", n)
		}
		for i := range 10 {
			connect(netip.AddrFrom4([4]byte{10, 0, 0, byte(i)}).String(), 10)
		}
		if n := len(s.computing); n != maxComputing {
			t.Errorf("%d compute", n)
		}
		for range 120 {
			s.computed <- struct{}{}
			if _, err := l.Accept(); err != nil {
				t.Fatal(err)
			}
		}
	})
}

// Silent peers are not among those that compute, and of those that are too many the oldest
// give way: they hold up nobody, of their own origin or another.
func TestSilentPeersHoldUpNobody(t *testing.T) {
	inBubble(t, func(t *testing.T, s *shaker, b *Handshakes, inner *pipeListener, l net.Listener) {
		healthy := inner.connect("10.0.0.2") // older than all others
		var silent []net.Conn
		for range MaxHandshakes + 100 {
			silent = append(silent, inner.connect("10.0.0.1"))
		}
		synctest.Wait()
		if len(b.pending) != MaxHandshakes {
			t.Errorf("%d wait", len(b.pending))
		}
		for _, c := range []net.Conn{healthy, inner.connect("10.0.0.3"), inner.connect("10.0.0.1")} {
			if _, err := c.Write([]byte("x")); err != nil {
				t.Fatal(err)
			}
			s.computed <- struct{}{}
			if _, err := l.Accept(); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := silent[0].Read(make([]byte, 1)); err != io.EOF {
			t.Errorf("the oldest gets %v", err)
		}
	})
}

// A handshake has ten seconds, and what came of it no deadline.
func TestHandshakeHasADeadline(t *testing.T) {
	inBubble(t, func(t *testing.T, s *shaker, _ *Handshakes, inner *pipeListener, l net.Listener) {
		quick, late := inner.connect("10.0.0.1"), inner.connect("10.0.0.1")
		_, _ = quick.Write([]byte("x"))
		s.computed <- struct{}{}
		c, err := l.Accept()
		if err != nil {
			t.Fatal(err)
		}
		start := time.Now()
		if _, err := late.Read(make([]byte, 1)); err != io.EOF || time.Since(start) != handshakeTimeout {
			t.Errorf("one that says nothing gets %v after %v", err, time.Since(start))
		}
		time.Sleep(time.Hour)
		go func() { _, _ = quick.Write([]byte("y")) }()
		if _, err := c.Read(make([]byte, 1)); err != nil {
			t.Errorf("after an hour, reading: %v", err)
		}
	})
}

// Where one goroutine of a handshake waits for its peer no other takes a place when it has
// written, as in SSH, which reads in a goroutine of its own.
func TestHandshakeThatReadsAndWritesAtOnceHoldsNoPlace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var b Handshakes
		inner := newPipeListener()
		l := b.listen(inner, Options{Log: slog.New(slog.DiscardHandler)}, func(_ context.Context, c net.Conn) (net.Conn, error) {
			read := make(chan error)
			go func() {
				_, err := c.Read(make([]byte, 1))
				read <- err
			}()
			synctest.Wait()
			_, _ = c.Write([]byte("x"))
			return c, <-read
		})
		peer := inner.connect("10.0.0.1")
		_, _ = peer.Read(make([]byte, 1))
		synctest.Wait()
		if b.total != 0 {
			t.Errorf("%d hold a place", b.total)
		}
		_, _ = peer.Write([]byte("y"))
		if _, err := l.Accept(); err != nil {
			t.Error(err)
		}
		_ = l.Close()
	})
}

// Close ends the handshakes, those that nobody accepts as well, and Accept.
func TestCloseEndsHandshakes(t *testing.T) {
	inBubble(t, func(t *testing.T, s *shaker, _ *Handshakes, inner *pipeListener, l net.Listener) {
		finished, unfinished := inner.connect("10.0.0.1"), inner.connect("10.0.0.1")
		_, _ = finished.Write([]byte("x"))
		s.computed <- struct{}{}
		synctest.Wait()
		_ = l.Close()
		if c, err := l.Accept(); err != net.ErrClosed {
			t.Errorf("accepted %v, %v", c, err)
		}
		for _, c := range []net.Conn{finished, unfinished} {
			if _, err := c.Read(make([]byte, 1)); err != io.EOF {
				t.Errorf("a peer gets %v", err)
			}
		}
		inner.closed = make(chan struct{}) // for inBubble
	})
}

// An error of the listener underneath is returned, and those that pass end nothing. What
// fails is logged.
func TestErrorsOfAcceptingAndOfHandshakes(t *testing.T) {
	log := make(logLines, 10)
	inner := &failingListener{errs: []error{&os.SyscallError{Syscall: "accept", Err: passing[0]}, io.ErrUnexpectedEOF}}
	refuse := func(context.Context, net.Conn) (net.Conn, error) { return nil, errors.New("no hands") }
	var b Handshakes
	l := b.listen(inner, Options{Log: slog.New(slog.NewTextHandler(log, nil))}, refuse)
	if _, err := l.Accept(); !Passes(err) {
		t.Errorf("the first error is %v", err)
	}
	if _, err := l.Accept(); err != io.ErrUnexpectedEOF {
		t.Errorf("the second error is %v", err)
	}
	for range 2 {
		if line := <-log; !strings.Contains(line, "no hands") {
			t.Errorf("the log says %q", line)
		}
	}
	_ = l.Close()
}

// logLines are the lines of a log.
type logLines chan string

func (l logLines) Write(p []byte) (int, error) {
	l <- string(p)
	return len(p), nil
}

// A failingListener accepts a connection that has gone before each of its errors.
type failingListener struct {
	errs  []error
	count int
}

func (l *failingListener) Accept() (net.Conn, error) {
	l.count++
	if l.count%2 == 1 {
		near, far := net.Pipe()
		_ = near.Close()
		return remoteConn{far, &net.TCPAddr{}}, nil
	}
	return nil, l.errs[l.count/2-1]
}

func (l *failingListener) Close() error   { return nil }
func (l *failingListener) Addr() net.Addr { return nil }
