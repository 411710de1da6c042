package netpoll

import (
	"errors"
	"net"
	"os"
	"sync/atomic"
	"syscall"
	"time"
)

// ErrWouldBlock says that there is nothing to read for now.
var ErrWouldBlock = errors.New("netpoll: nothing to read for now")

const (
	readSize  = 16 << 10 // bytes that one read asks for
	smallSize = 512      // bytes that one asks for that has to wait with its buffer
	writeSize = 16 << 10 // bytes of one write that cannot be told to stop half-way
)

// A Conn is a connection that holds no read buffer while there is nothing to read, or a
// small one if it has no descriptor. In that case it waits with a large one after a read
// that has filled its buffer, for only reading tells whether there is more. Fill, Read,
// Buffered and Discard are for the serve function; TryWrite and WriteSome for one
// goroutine at a time; the other methods for any goroutine.
type Conn struct {
	net.Conn
	raw syscall.RawConn // its descriptor; nil: it has none

	loop   *Loop
	fd     int  // for the poller
	polled bool // Fill does not wait
	serve  func(*Turn)
	task   Task        // serving
	turn   *Turn       // of a goroutine that serves nothing else, else nil
	closed atomic.Bool // by the serve function

	interrupted atomic.Bool // what ends a Fill was Interrupt, and not Wake

	buf       *[readSize]byte  // nil: none is held
	small     *[smallSize]byte // of a connection without a descriptor
	unread    []byte           // what Fill has read and Read has not, in buf or small
	full      bool             // the last read without a descriptor has filled its buffer
	drained   bool             // the last read has taken all there was
	mustDrain atomic.Bool      // one read may take less than there is: only another one tells

	lingering *lingering
}

// NewConn returns a Conn for c, which l may serve. It has a descriptor of its own if c implements
// syscall.Conn: a wrapper whose Read and Write are those of the connection inside may
// implement it, and pass that one's on.
func (l *Loop) NewConn(c net.Conn) *Conn {
	conn := &Conn{Conn: c, loop: l}
	conn.task.TryRun() // until it is started
	if sc, ok := c.(syscall.Conn); ok && hasDescriptors {
		if raw, err := sc.SyscallConn(); err == nil {
			conn.raw = raw
			_, tcp := c.LocalAddr().(*net.TCPAddr)
			conn.mustDrain.Store(!tcp) // one read of a Unix socket ends where descriptors were passed
		}
	}
	return conn
}

// Fill reads what there is to read, for Read to return. Where there is nothing, it
// returns ErrWouldBlock if the Loop polls the connection, and waits if not, but with work
// deferred returns ErrWouldBlock there, too. It returns
// io.EOF at the end of the input, and os.ErrDeadlineExceeded once the connection was
// interrupted. What an earlier call has read must have been taken.
func (c *Conn) Fill() error {
	err := c.fill()
	if err != nil && !c.interrupted.Load() && errors.Is(err, os.ErrDeadlineExceeded) {
		c.endWake()
		return ErrWouldBlock
	}
	return err
}

func (c *Conn) fill() error {
	if c.drained {
		c.drained = false
		return ErrWouldBlock
	}
	if c.turn != nil && len(c.turn.deferred) > 0 {
		return ErrWouldBlock // the work is done first, and then serve called again
	}
	if c.raw == nil {
		return c.fillSmall()
	}
	return c.readDescriptor()
}

// fillSmall waits for input with a small buffer in its hands, and reads the rest of a
// longer one into a large buffer.
func (c *Conn) fillSmall() error {
	if c.small == nil {
		c.small = new([smallSize]byte)
	}
	b := c.small[:]
	if c.full {
		b = c.acquire()
	}
	n, err := c.Conn.Read(b)
	c.full = n == len(b)
	if c.unread = b[:n]; n == 0 {
		c.release()
		return err
	}
	return nil // an error will come again
}

// acquire returns a large buffer.
func (c *Conn) acquire() []byte {
	if c.buf, _ = c.loop.buffers.Get().(*[readSize]byte); c.buf == nil {
		c.buf = new([readSize]byte)
	}
	return c.buf[:]
}

// release gives the buffer back, and drops what is in it.
func (c *Conn) release() {
	if c.unread = nil; c.buf != nil {
		c.loop.buffers.Put(c.buf)
		c.buf = nil
	}
}

// Read reads what Fill has read, then returns ErrWouldBlock. It does not wait.
func (c *Conn) Read(p []byte) (int, error) {
	if len(c.unread) == 0 {
		return 0, ErrWouldBlock
	}
	n := copy(p, c.unread)
	if c.unread = c.unread[n:]; len(c.unread) == 0 {
		c.release()
	}
	return n, nil
}

// Buffered returns how many bytes Fill has read and Read has not.
func (c *Conn) Buffered() int { return len(c.unread) }

// Discard drops what Fill has read, and returns how many bytes that was.
func (c *Conn) Discard() int {
	n := len(c.unread)
	c.release()
	return n
}

// WriteSome waits until the peer takes some of the pieces, and returns how many bytes
// it has taken. os.ErrDeadlineExceeded: it has taken none before the write deadline.
// After that error a connection without a descriptor may not be written to any more.
func (c *Conn) WriteSome(pieces [][]byte) (int, error) {
	if c.raw != nil {
		return c.writeDescriptor(pieces)
	}
	n, err := c.Conn.Write(pieces[0][:min(len(pieces[0]), writeSize)])
	if n > 0 && errors.Is(err, os.ErrDeadlineExceeded) {
		err = nil
	}
	return n, err
}

// Interrupt ends a Fill that waits, and has every later one fail with
// os.ErrDeadlineExceeded. The serve function is called to see it.
func (c *Conn) Interrupt() {
	c.interrupted.Store(true)
	_ = c.SetReadDeadline(past)
	c.wake()
}

// Wake has the serve function called although there may be no input: a Fill that waits
// returns ErrWouldBlock. The connection must have been started. Wake does not wait.
func (c *Conn) Wake() {
	if !c.polled {
		_ = c.SetReadDeadline(past)
	}
	c.wake()
}

// endWake has later Fills wait again, unless the connection was interrupted meanwhile.
func (c *Conn) endWake() {
	_ = c.SetReadDeadline(time.Time{})
	if c.interrupted.Load() {
		_ = c.SetReadDeadline(past)
	}
}

// past is a deadline that ends what waits now.
var past = time.Unix(1, 0)

// Abort closes the connection under the feet of the serve function, which is called to
// see that and to close c. It does not wait, even if c is a TLS connection, whose Close
// would have to write.
func (c *Conn) Abort() {
	inner := c.Conn
	if wrapper, ok := inner.(interface{ NetConn() net.Conn }); ok {
		inner = wrapper.NetConn()
	}
	_ = inner.Close()
	c.wake()
}

// wake calls the serve function, or notifies the goroutine that runs it.
func (c *Conn) wake() {
	if c.task.TryRun() {
		c.loop.conns.Go(func() { c.run(new(Turn)) })
	}
}

// run serves a connection that is polled until there is nothing to do for now. Its
// caller runs the connection's task, which stays so when the connection is closed.
func (c *Conn) run(t *Turn) {
	for {
		c.serve(t)
		if c.closed.Load() {
			c.loop.poller.remove(c)
			c.loop.conns.Done()
			return
		}
		if c.task.Park() {
			return
		}
	}
}

// runAlone serves a connection in a goroutine of its own.
func (c *Conn) runAlone() {
	c.turn = &Turn{alone: true}
	for !c.closed.Load() {
		c.serve(c.turn)
		c.turn.flush()
	}
}

// Close closes the connection. Once it was started only the serve function may call it,
// which is then not called again.
func (c *Conn) Close() error {
	c.release()
	c.closed.Store(true)
	return c.Conn.Close()
}
