package listener

import (
	"context"
	"errors"
	"net"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"linechat/chatd/internal/origin"
)

// MaxHandshakes is how many connections there may be whose handshake has not finished. One
// more, and the oldest of the origin that has most gives way.
const MaxHandshakes = 256

const (
	handshakeTimeout      = 10 * time.Second
	personTimeout         = 2 * time.Minute // where the peer's user is asked meanwhile
	byeTimeout            = time.Second     // to tell a peer after that why it failed
	maxComputing          = 64              // handshakes that do not wait for their peer
	maxComputingPerOrigin = 8
)

// Handshakes bounds the handshakes of all listeners that share it: each has ten seconds, and
// two minutes from when the peer's user may be asked something (see handshakeConn.allow).
// 64 are computed at a time, and 8 of one origin, which is an IPv4 address or an IPv6
// network of 64 bits. A handshake that waits for its peer is not among these, so that silent peers
// hold nobody up. The zero value is ready to use.
//
// A kind of listener is one function that shakes hands (see listen). It reads and writes
// the connection that it is given, from one goroutine or several, and each of these calls
// gives the place among those that compute back until it returns:
//
//	return o.Handshakes.listen(tcp, o, func(ctx context.Context, c net.Conn) (net.Conn, error) {
//		secure := tls.Server(c, config)
//		return secure, secure.Handshake()
//	})
type Handshakes struct {
	mu        sync.Mutex
	pending   []*handshake // oldest first
	queue     []*handshake // that want a place, in the order in which they came
	total     int          // places that are taken
	perOrigin map[origin.Key]int
}

// errGaveWay: there were too many handshakes, or it took too long, or the listener was
// closed.
var errGaveWay = errors.New("the handshake gave way to others, or took too long")

// A handshake is one that has not finished. Its fields are under the mutex of the bound.
type handshake struct {
	bound  *Handshakes
	origin origin.Key
	ctx    context.Context // ends when it gives way
	cancel context.CancelFunc
	timer  *time.Timer   // has it give way in time
	inCall int           // goroutines that read or write
	holds  bool          // a place
	turn   chan struct{} // non-nil while it is in the queue; closed when it leaves it
	over   bool
}

// begin adds a handshake with the peer at an address. It has its first place after its first
// call.
func (b *Handshakes) begin(ctx context.Context, peer net.Addr) *handshake {
	h := &handshake{bound: b, origin: origin.Of(peer, 0)}
	h.ctx, h.cancel = context.WithCancel(ctx)
	h.timer = time.AfterFunc(handshakeTimeout+byeTimeout, h.cancel)
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.pending) >= MaxHandshakes {
		b.oldestOfMost().cancel()
	}
	b.pending = append(b.pending, h)
	return h
}

// oldestOfMost returns the oldest handshake of the origin that has most, and removes it.
func (b *Handshakes) oldestOfMost() *handshake {
	count, most := map[origin.Key]int{}, b.pending[0].origin
	for _, h := range b.pending {
		if count[h.origin]++; count[h.origin] > count[most] {
			most = h.origin
		}
	}
	i := slices.IndexFunc(b.pending, func(h *handshake) bool { return h.origin == most })
	h := b.pending[i]
	b.pending = slices.Delete(b.pending, i, i+1)
	return h
}

// finish ends a handshake. It reports false if it gave way before.
func (b *Handshakes) finish(h *handshake) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	h.over = true
	b.giveBack(h)
	b.leaveQueue(h)
	b.pending = slices.DeleteFunc(b.pending, func(other *handshake) bool { return other == h })
	return h.ctx.Err() == nil
}

// beforeCall gives the place back before a call that may wait for the peer.
func (h *handshake) beforeCall() {
	h.bound.mu.Lock()
	defer h.bound.mu.Unlock()
	h.inCall++
	h.bound.giveBack(h)
}

// afterCall waits for a place, unless another goroutine of the handshake is in a call: what
// goes on beside it is short.
func (h *handshake) afterCall() error {
	turn := h.bound.enqueue(h)
	if turn == nil {
		return nil
	}
	select {
	case <-turn:
		return nil
	case <-h.ctx.Done():
		return errGaveWay
	}
}

// enqueue has a handshake wait for a place. It returns nil if it needs none.
func (b *Handshakes) enqueue(h *handshake) (turn <-chan struct{}) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if h.inCall--; h.inCall > 0 || h.holds || h.over {
		return nil
	}
	if h.turn == nil {
		h.turn = make(chan struct{})
		b.queue = append(b.queue, h)
	}
	turn = h.turn
	b.givePlaces()
	return turn
}

// givePlaces gives the places that are free to those in the queue.
func (b *Handshakes) givePlaces() {
	for _, h := range slices.Clone(b.queue) {
		if b.total == maxComputing {
			return
		}
		if b.perOrigin[h.origin] == maxComputingPerOrigin {
			continue
		}
		if b.perOrigin == nil {
			b.perOrigin = map[origin.Key]int{}
		}
		b.total++
		b.perOrigin[h.origin]++
		h.holds = true
		b.leaveQueue(h)
	}
}

func (b *Handshakes) giveBack(h *handshake) {
	if !h.holds {
		return
	}
	h.holds = false
	b.total--
	if b.perOrigin[h.origin]--; b.perOrigin[h.origin] == 0 {
		delete(b.perOrigin, h.origin)
	}
	b.givePlaces()
}

func (b *Handshakes) leaveQueue(h *handshake) {
	if h.turn != nil {
		close(h.turn)
		h.turn = nil
		b.queue = slices.DeleteFunc(b.queue, func(other *handshake) bool { return other == h })
	}
}

// A handshakeConn is a connection that gives its handshake's place back while it waits for
// the peer.
type handshakeConn struct {
	net.Conn
	shaking atomic.Pointer[handshake] // nil when it has finished
}

// Read implements net.Conn.
func (c *handshakeConn) Read(p []byte) (int, error) {
	if h := c.shaking.Load(); h != nil {
		return h.call(c.Conn.Read, p)
	}
	return c.Conn.Read(p)
}

// Write implements net.Conn.
func (c *handshakeConn) Write(p []byte) (int, error) {
	if h := c.shaking.Load(); h != nil {
		return h.call(c.Conn.Write, p)
	}
	return c.Conn.Write(p)
}

// allow gives the handshake this time from now on.
func (c *handshakeConn) allow(d time.Duration) {
	if h := c.shaking.Load(); h != nil {
		h.timer.Reset(d + byeTimeout)
		_ = c.Conn.SetDeadline(time.Now().Add(d))
	}
}

func (h *handshake) call(readOrWrite func([]byte) (int, error), p []byte) (int, error) {
	h.beforeCall()
	n, err := readOrWrite(p)
	if gaveWay := h.afterCall(); gaveWay != nil {
		return 0, gaveWay
	}
	return n, err
}

// CloseWrite tells the peer that nothing more comes.
func (c *handshakeConn) CloseWrite() error { return closeWrite(c.Conn) }

// closeWrite is CloseWrite for a connection that may have no such method.
func closeWrite(c net.Conn) error {
	if half, ok := c.(interface{ CloseWrite() error }); ok {
		return half.CloseWrite()
	}
	return errors.ErrUnsupported
}
