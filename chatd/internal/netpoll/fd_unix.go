//go:build unix

package netpoll

import (
	"io"
	"syscall"

	"golang.org/x/sys/unix"
)

const hasDescriptors = true

// A descriptor is the file descriptor of a connection, and what its calls work on. The
// functions are made once, so that no call allocates.
type descriptor struct {
	raw    syscall.RawConn // nil: there is none
	read   func(fd uintptr) bool
	write  func(fd uintptr) bool
	try    func(fd uintptr)
	inErr  error // of the last read
	out    [][]byte
	outN   int // bytes of out that the last write has written
	outErr error
}

func (c *Conn) open(raw syscall.RawConn) {
	c.raw = raw
	c.read, c.write = c.tryRead, c.tryWrite
	c.try = func(fd uintptr) { c.tryWrite(fd) }
}

func (c *Conn) readDescriptor() error {
	if err := c.raw.Read(c.read); err != nil {
		return err
	}
	return c.inErr
}

// tryRead reads what there is. It reports false if it is to be called again when there
// is something.
func (c *Conn) tryRead(fd uintptr) bool {
	b := c.acquire()
	n, err := ignoringEINTR(unix.Read, int(fd), b)
	for err == unix.EAGAIN && c.mustDrain.Load() && hasInput(int(fd)) {
		n, err = ignoringEINTR(unix.Read, int(fd), b)
	}
	if n <= 0 {
		c.release()
	} else {
		c.unread = b[:n]
	}
	switch {
	case err == unix.EAGAIN:
		err = ErrWouldBlock
	case err == nil && n == 0:
		err = io.EOF
	}
	c.inErr = err
	c.drained = c.polled && n > 0 && n < len(b) && !c.mustDrain.Load()
	return err != ErrWouldBlock || c.polled
}

// TryWrite writes as much of the pieces as the connection takes without waiting, and
// returns how many bytes that was. Without a descriptor it cannot tell, and writes
// nothing.
func (c *Conn) TryWrite(pieces [][]byte) (int, error) {
	if c.raw == nil {
		return 0, nil
	}
	c.out = pieces
	if err := c.raw.Control(c.try); err != nil {
		return 0, err
	}
	return c.outN, c.outErr
}

// writeDescriptor is WriteSome for a connection with a descriptor.
func (c *Conn) writeDescriptor(pieces [][]byte) (int, error) {
	c.out = pieces
	if err := c.raw.Write(c.write); err != nil {
		return 0, err
	}
	return c.outN, c.outErr
}

// tryWrite writes what the connection takes of out. It reports false if it is to be
// called again when the connection takes something.
func (c *Conn) tryWrite(fd uintptr) bool {
	n, err := ignoringEINTR(writev, int(fd), c.out)
	c.outN, c.outErr = max(n, 0), nil
	if err == unix.EAGAIN {
		return false
	}
	c.out, c.outErr = nil, err
	return true
}

func ignoringEINTR[B any](op func(int, B) (int, error), fd int, b B) (int, error) {
	for {
		n, err := op(fd, b)
		if err != unix.EINTR {
			return n, err
		}
	}
}
