package listener

import (
	"errors"
	"io"
	"net"
	"os"
	"time"
)

// errOther: the peer does not begin as clients of the protocol do.
var errOther = errors.New("the peer speaks another protocol")

// A sniffer fails where the first byte of the peer is not that of a protocol, or where none
// comes.
type sniffer struct {
	net.Conn
	first byte
	begun bool
}

// Read implements net.Conn. errOther.
func (s *sniffer) Read(p []byte) (int, error) {
	n, err := s.Conn.Read(p)
	if s.begun {
		return n, err
	}
	if n > 0 && p[0] != s.first || n == 0 && errors.Is(err, os.ErrDeadlineExceeded) {
		return 0, errOther
	}
	s.begun = s.begun || n > 0
	return n, err
}

// bye says a last line in the clear, and waits a moment for the peer to read it: to close a
// connection with unread input takes what was written with it.
func bye(c net.Conn, line string) {
	_ = c.SetDeadline(time.Now().Add(byeTimeout / 2))
	if _, err := io.WriteString(c, line+"\n"); err != nil {
		return
	}
	_ = closeWrite(c)
	_, _ = io.Copy(io.Discard, io.LimitReader(c, 64<<10))
}
