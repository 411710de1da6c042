package listener

import (
	"cmp"
	"context"
	"errors"
	"io"
	"net"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"linechat/chatd/internal/origin"
	"linechat/chatd/internal/repeats"
)

// A Gate bounds the connections of each origin, before anything is computed for them. Its
// fields have no defaults.
type Gate struct {
	Origins       *origin.Table
	MaxPerAddress int          // connections at a time
	Repeats       *repeats.Log // counts those that are refused
	Short         func() bool  // whether there is too little memory for newcomers; nil: never
}

// maxRefusals is how many peers of one listener that are refused are waited for at a time
// until they have read why.
const maxRefusals = 16

var refusals = &repeats.Kind{Summary: "connections of an address refused"} // by the limit

// listen returns a listener that accepts those of l's connections that are allowed. A nil
// Gate allows all.
func (g *Gate) listen(l net.Listener, meter Meter) net.Listener {
	if g == nil {
		return l
	}
	gated := &gateListener{Listener: l, gate: g, meter: cmp.Or(meter, Meter(noMeter{}))}
	gated.ctx, gated.cancel = context.WithCancel(context.Background())
	return gated
}

// A gateListener tells those that it refuses why.
type gateListener struct {
	net.Listener
	gate    *Gate
	meter   Meter
	waiting atomic.Int32 // goroutines of refuse
	running sync.WaitGroup
	ctx     context.Context // ends with Close
	cancel  context.CancelFunc
}

// Accept implements net.Listener. When the listener has been closed it waits for those that
// were refused, which ends at once then.
func (l *gateListener) Accept() (net.Conn, error) {
	for {
		c, err := l.Listener.Accept()
		if err != nil {
			if l.ctx.Err() != nil || !Passes(err) {
				l.running.Wait()
			}
			return nil, err
		}
		counted := &countedConn{Conn: c, uid: uidOf(c)}
		o := l.gate.Origins.Acquire(OriginOf(counted))
		limit, err := l.gate.admit(o)
		if err == nil {
			counted.origin.Store(o)
			return counted, nil
		}
		l.gate.Repeats.Single(refusals, o.Key().String(), limit)
		l.meter.ConnectionRefused(limit)
		o.Release()
		l.refuse(c, "BYE too-many "+err.Error())
	}
}

var errShort = errors.New("the server is short of memory; try again in a minute")

// admit counts a connection in, or returns why not, and which limit that is.
func (g *Gate) admit(o *origin.Origin) (limit string, err error) {
	if err := o.Connect(g.MaxPerAddress); err != nil {
		return "address", err
	}
	if g.Short != nil && g.Short() {
		o.Disconnect()
		return "memory", errShort
	}
	return "", nil
}

// refuse says a last line and closes c. Unless there are many, the peer has a moment to read
// it, which Close ends.
func (l *gateListener) refuse(c net.Conn, line string) {
	if l.waiting.Add(1) > maxRefusals {
		l.waiting.Add(-1)
		_ = c.SetWriteDeadline(time.Now().Add(byeTimeout)) // nothing was written yet: it waits for nothing
		_, _ = io.WriteString(c, line+"\n")
		_ = c.Close()
		return
	}
	l.running.Go(func() { // Accept waits for it
		defer l.waiting.Add(-1)
		defer context.AfterFunc(l.ctx, func() { _ = c.Close() })()
		bye(c, line)
		_ = c.Close()
	})
}

// Close implements net.Listener.
func (l *gateListener) Close() error {
	l.cancel()
	return l.Listener.Close()
}

// A countedConn is a connection that its origin has until it is closed.
type countedConn struct {
	net.Conn
	uid    int                           // of the peer of a Unix socket
	origin atomic.Pointer[origin.Origin] // nil: it is closed
}

// uidOf returns the user behind a Unix socket, as far as the system says it; -1: it does not.
func uidOf(c net.Conn) int {
	if unix, ok := c.(*net.UnixConn); ok {
		if uid, err := peerUID(unix); err == nil {
			return uid
		}
	}
	return -1
}

// Close implements net.Conn.
func (c *countedConn) Close() error {
	err := c.Conn.Close()
	if o := c.origin.Swap(nil); o != nil {
		o.Disconnect()
		o.Release()
	}
	return err
}

// Identity is for IdentityOf.
func (c *countedConn) Identity() Identity {
	id := IdentityOf(c.Conn)
	id.UID = c.uid
	return id
}

// CloseWrite tells the peer that nothing more comes.
func (c *countedConn) CloseWrite() error { return closeWrite(c.Conn) }

// SyscallConn implements syscall.Conn: reading and writing are those of the connection
// inside.
func (c *countedConn) SyscallConn() (syscall.RawConn, error) {
	if inner, ok := c.Conn.(syscall.Conn); ok {
		return inner.SyscallConn()
	}
	return nil, errors.ErrUnsupported
}
