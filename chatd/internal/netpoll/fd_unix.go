//go:build unix && !nodescriptors

package netpoll

import (
	"io"

	"golang.org/x/sys/unix"
)

const hasDescriptors = true

// A call is one read or write of a descriptor. Its functions are made once, and calls are
// pooled, so that none allocates and no connection keeps one.
type call struct {
	conn   *Conn
	pieces [][]byte // to be written
	n      int      // bytes that were
	err    error

	read     func(fd uintptr) bool
	write    func(fd uintptr) bool
	tryWrite func(fd uintptr)
}

// call returns a call for c, which done puts back.
func (c *Conn) call() *call {
	k, _ := c.loop.calls.Get().(*call)
	if k == nil {
		k = new(call)
		k.read, k.write = k.doRead, k.doWrite
		k.tryWrite = func(fd uintptr) { k.doWrite(fd) }
	}
	k.conn = c
	return k
}

// done puts the call back, and returns what came of it.
func (k *call) done(err error) (int, error) {
	n, loop := k.n, k.conn.loop
	if err == nil {
		err = k.err
	}
	k.conn, k.pieces, k.n, k.err = nil, nil, 0, nil
	loop.calls.Put(k)
	return n, err
}

// readDescriptor is Fill for a connection with a descriptor.
func (c *Conn) readDescriptor() error {
	k := c.call()
	_, err := k.done(c.raw.Read(k.read))
	return err
}

// doRead reads what there is. It reports false if it is to be called again when there is
// something.
func (k *call) doRead(fd uintptr) bool {
	c := k.conn
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
	k.err = err
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
	k := c.call()
	k.pieces = pieces
	return k.done(c.raw.Control(k.tryWrite))
}

// writeDescriptor is WriteSome for a connection with a descriptor.
func (c *Conn) writeDescriptor(pieces [][]byte) (int, error) {
	k := c.call()
	k.pieces = pieces
	return k.done(c.raw.Write(k.write))
}

// doWrite writes what the connection takes of the pieces. It reports false if it is to be
// called again when the connection takes something.
func (k *call) doWrite(fd uintptr) bool {
	n, err := ignoringEINTR(writev, int(fd), k.pieces)
	k.n = max(n, 0)
	if err == unix.EAGAIN {
		return false
	}
	k.err = err
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
