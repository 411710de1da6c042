package server

import (
	"io"
	"net"
	"time"
)

// How long and for how much a connection is read on after BYE: input that was
// not read would have the system cut off what the peer has not read yet.
const (
	lingerFor   = 500 * time.Millisecond
	lingerBytes = 256 << 10
)

// readOn tells the peer that nothing more comes, and reads on.
func readOn(c net.Conn) {
	if closeWrite(c) {
		_ = c.SetReadDeadline(time.Now().Add(lingerFor))
		_, _ = io.Copy(io.Discard, io.LimitReader(c, lingerBytes))
	}
}

func closeWrite(c net.Conn) bool {
	half, ok := c.(interface{ CloseWrite() error })
	return ok && half.CloseWrite() == nil
}

// A lingering is how far a watched session is in that.
type lingering struct {
	bytes int
	until *time.Timer
}

// linger is readOn for the session, which waits for input as ever. It reports
// whether there is no more to wait for.
func (s *session) linger() bool {
	if s.conn.raw == nil {
		readOn(s.conn.Conn)
		return true
	}
	if s.lingering == nil {
		if !closeWrite(s.conn.Conn) {
			return true
		}
		_ = s.conn.SetReadDeadline(time.Time{})
		s.lingering = &lingering{until: time.AfterFunc(lingerFor, func() {
			s.conn.interrupt()
			s.wakeReader()
		})}
	}
	for s.lingering.bytes < lingerBytes {
		err := s.conn.fetch()
		switch {
		case err == nil:
			s.lingering.bytes += s.conn.discard()
		case err != errIdle:
			return true
		case s.rest():
			return false
		}
	}
	return true
}
