package netpoll

import (
	"fmt"
	"net"
	"path/filepath"
	"testing"
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
