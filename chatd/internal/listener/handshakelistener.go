package listener

import (
	"context"
	"net"
	"sync"
	"time"

	"linechat/chatd/internal/repeats"
)

// A handshakeListener shakes hands with whoever connects, beside its accept loop.
type handshakeListener struct {
	net.Listener
	bound   *Handshakes
	options Options
	shake   func(context.Context, net.Conn) (net.Conn, error)
	except  func(net.Conn) bool // nil: nobody
	results chan result
	ctx     context.Context // ends with Close
	cancel  context.CancelFunc
	running sync.WaitGroup // accept, and the handshakes
}

// A result is what Accept returns.
type result struct {
	conn net.Conn
	err  error
}

// listen returns a listener whose Accept returns what shake has made of the connections
// that l accepts. Where shake fails, its error is logged. Its context ends, and the
// connection is closed, when the handshake gives way or the listener is closed; deadlines
// of the connection are set before, and removed after it. Close waits for all handshakes.
func (b *Handshakes) listen(l net.Listener, o Options, shake func(context.Context, net.Conn) (net.Conn, error)) net.Listener {
	return b.listenExcept(l, o, shake, nil)
}

// listenExcept is listen, with a listener that accepts connections for which except returns
// true as they are.
func (b *Handshakes) listenExcept(l net.Listener, o Options, shake func(context.Context, net.Conn) (net.Conn, error), except func(net.Conn) bool) net.Listener {
	h := &handshakeListener{Listener: l, bound: b, options: o, shake: shake, except: except, results: make(chan result)}
	h.ctx, h.cancel = context.WithCancel(context.Background())
	h.running.Go(h.accept)
	return h
}

// Accept implements net.Listener.
func (l *handshakeListener) Accept() (net.Conn, error) {
	select {
	case r := <-l.results:
		return r.conn, r.err
	case <-l.ctx.Done():
		return nil, net.ErrClosed
	}
}

// Close implements net.Listener.
func (l *handshakeListener) Close() error {
	l.cancel()
	err := l.Listener.Close()
	l.running.Wait()
	return err
}

// accept begins handshakes until the listener is closed or fails. After a failure that
// passes it goes on when Accept has returned it.
func (l *handshakeListener) accept() {
	for {
		c, err := l.Listener.Accept()
		if err == nil && l.except != nil && l.except(c) {
			if !l.deliver(result{conn: c}) {
				_ = c.Close()
			}
			continue
		}
		if err == nil {
			h := l.bound.begin(l.ctx, c.RemoteAddr())
			l.running.Go(func() { l.handshake(h, c) })
			continue
		}
		if !l.deliver(result{err: err}) || !Passes(err) {
			return
		}
	}
}

// deliver has Accept return r. It reports false if the listener is closed.
func (l *handshakeListener) deliver(r result) bool {
	select {
	case l.results <- r:
		return true
	case <-l.ctx.Done():
		return false
	}
}

func (l *handshakeListener) handshake(h *handshake, raw net.Conn) {
	defer h.cancel()
	defer h.timer.Stop()
	keep := context.AfterFunc(h.ctx, func() { _ = raw.Close() })
	defer keep()
	c, err := l.shakeInTime(h, raw)
	if err == nil && keep() && l.deliver(result{conn: c}) {
		return
	}
	_ = raw.Close()
	if c != nil {
		_ = c.Close()
	}
	if err != nil && l.ctx.Err() == nil {
		l.logFailure(h, raw.RemoteAddr(), err)
	}
}

// furtherFailures is what one origin may cause many of.
var furtherFailures = &repeats.Kind{Summary: "further handshakes failed", Single: 10}

func (l *handshakeListener) logFailure(h *handshake, peer net.Addr, err error) {
	if l.options.Repeats.Single(furtherFailures, h.origin.String(), "") {
		l.options.Log.Info("a handshake failed", "peer", peer.String(), "err", err)
	}
}

// shakeInTime shakes hands within handshakeTimeout, or what allow gave, and leaves no deadline behind.
func (l *handshakeListener) shakeInTime(h *handshake, raw net.Conn) (c net.Conn, err error) {
	_ = raw.SetDeadline(time.Now().Add(handshakeTimeout))
	wrapped := &handshakeConn{Conn: raw}
	wrapped.shaking.Store(h)
	c, err = l.shake(h.ctx, wrapped)
	wrapped.shaking.Store(nil)
	if !l.bound.finish(h) {
		err = errGaveWay
	}
	_ = raw.SetDeadline(time.Time{})
	return c, err
}
