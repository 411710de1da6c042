package netpoll

import "time"

// How long and for how many bytes a connection is read on after its last byte was
// written: input that was not read would have the system reset the connection, and the
// peer lose what it has not read yet.
const (
	LingerTimeout = 500 * time.Millisecond
	lingerBytes   = 256 << 10
)

// A lingering is how far a connection is in that.
type lingering struct {
	left   int // bytes
	timer  *time.Timer
	closed func()
}

// CloseLingering tells the peer that nothing more comes, drops what the peer still
// sends, and closes the connection when the peer has closed it, or has sent 256 KB more,
// or at last after LingerTimeout. Then it calls closed. It is called by the serve
// function, as the last thing that it does with the connection; for a Conn that was not
// started it waits until all that is done.
func (c *Conn) CloseLingering(closed func()) {
	half, ok := c.Conn.(interface{ CloseWrite() error })
	if !ok || half.CloseWrite() != nil {
		_ = c.Close()
		closed()
		return
	}
	c.interrupted.Store(false)
	_ = c.SetReadDeadline(time.Time{})
	c.lingering = &lingering{left: lingerBytes, timer: time.AfterFunc(LingerTimeout, c.Interrupt), closed: closed}
	c.serve = c.linger
	c.linger(nil)
}

// linger takes the place of the serve function.
func (c *Conn) linger(*Turn) {
	l := c.lingering
	for l.left > 0 {
		switch err := c.Fill(); err {
		case nil:
			l.left -= c.Discard()
		case ErrWouldBlock:
			return
		default:
			l.left = 0
		}
	}
	l.timer.Stop()
	_ = c.Close()
	l.closed()
}
