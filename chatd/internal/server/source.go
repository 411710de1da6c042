package server

import (
	"errors"
	"io"
	"net"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// errIdle: there is nothing to read for now.
var errIdle = errors.New("server: nothing more to read now")

// readSize is how many bytes one read of a connection asks for.
const readSize = 16 << 10

var readBuffers = sync.Pool{New: func() any { return new([readSize]byte) }}

// A source is a connection that holds no buffer while there is nothing to
// read: fetch takes one from a pool when bytes are ready, and Read, which never
// blocks, gives it back when they have been read. fetch and Read are for one
// goroutine, Write and TryWrite for one other.
type source struct {
	net.Conn
	raw  syscall.RawConn // nil: the connection has no descriptor
	wary atomic.Bool     // its input has ended, or is urgent: one read may bring less than there is

	ahead *[readSize]byte // what fetch has read; nil: nothing
	from  int
	to    int
	err   error
	dry   bool                  // there is nothing more for now
	ready func(fd uintptr) bool // readReady, made once

	out     [][]byte // what TryWrite writes
	written int
	outErr  error
	room    func(fd uintptr) // writeReady, made once
}

func newSource(c net.Conn) *source {
	s := &source{Conn: c}
	if sc, ok := c.(syscall.Conn); ok {
		if raw, err := sc.SyscallConn(); err == nil {
			s.raw, s.ready, s.room = raw, s.readReady, s.writeReady
			_, tcp := c.(*net.TCPConn)
			s.wary.Store(!tcp) // one read of a Unix socket ends where descriptors were passed
		}
	}
	return s
}

// fetch reads what there is to read. errIdle: nothing for now; a connection
// without a descriptor waits instead. It returns io.EOF at the end of the input.
func (s *source) fetch() error {
	if s.dry {
		s.dry = false
		return errIdle
	}
	if s.raw == nil {
		s.ahead = readBuffers.Get().(*[readSize]byte)
		s.from = 0
		s.to, s.err = s.Conn.Read(s.ahead[:])
	} else if err := s.raw.Read(s.ready); err != nil {
		return err
	}
	if s.to == 0 {
		s.release()
	}
	return s.err
}

// readReady reads what is there.
func (s *source) readReady(fd uintptr) bool {
	s.ahead = readBuffers.Get().(*[readSize]byte)
	n, err := ignoringEINTR(unix.Read, int(fd), s.ahead[:])
	for err == unix.EAGAIN && s.wary.Load() && unread(int(fd)) {
		n, err = ignoringEINTR(unix.Read, int(fd), s.ahead[:])
	}
	s.from, s.to = 0, max(n, 0)
	switch {
	case err == unix.EAGAIN:
		err = errIdle
	case err == nil && n == 0:
		err = io.EOF
	}
	s.err = err
	s.dry = n > 0 && n < readSize && !s.wary.Load()
	return true
}

func (s *source) release() {
	readBuffers.Put(s.ahead)
	s.ahead = nil
}

// pending is how many bytes fetch has brought that are not read yet.
func (s *source) pending() int {
	if s.ahead == nil {
		return 0
	}
	return s.to - s.from
}

// unread reports whether there is input although a read has said that there is none,
// as it does at an urgent byte when a signal has come (tcp_recvmsg of Linux).
func unread(fd int) bool {
	n, err := unix.IoctlGetInt(fd, unix.TIOCINQ)
	return err == nil && n > 0
}

// discard passes over what fetch has brought, and returns how much that was.
func (s *source) discard() int {
	n := s.pending()
	s.release()
	return n
}

// Read reads what fetch has brought, then says errIdle.
func (s *source) Read(p []byte) (int, error) {
	if s.ahead == nil {
		return 0, errIdle
	}
	n := copy(p, s.ahead[s.from:s.to])
	if s.from += n; s.from == s.to {
		s.release()
	}
	return n, nil
}

// TryWrite writes as much of the pieces as the connection takes without
// waiting, and returns how many bytes that was. Where it cannot tell it writes
// nothing.
func (s *source) TryWrite(pieces [][]byte) (int, error) {
	if s.raw == nil {
		return 0, nil
	}
	s.out, s.written, s.outErr = pieces, 0, nil
	if err := s.raw.Control(s.room); err != nil {
		return 0, err
	}
	s.out = nil
	return s.written, s.outErr
}

func (s *source) writeReady(fd uintptr) {
	var n int
	var err error = unix.EINTR
	for err == unix.EINTR {
		if len(s.out) == 1 {
			n, err = unix.Write(int(fd), s.out[0])
		} else {
			n, err = unix.Writev(int(fd), s.out)
		}
	}
	s.written = max(n, 0)
	if err != unix.EAGAIN {
		s.outErr = err
	}
}

func ignoringEINTR(op func(int, []byte) (int, error), fd int, b []byte) (int, error) {
	for {
		n, err := op(fd, b)
		if err != unix.EINTR {
			return n, err
		}
	}
}

// interrupt ends a fetch that is under way, and every later one.
func (s *source) interrupt() { _ = s.SetReadDeadline(time.Unix(1, 0)) }
