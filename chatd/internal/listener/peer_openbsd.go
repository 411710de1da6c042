package listener

import (
	"net"

	"golang.org/x/sys/unix"
)

const hasPeers = true

// peerUID returns the user behind a Unix socket, as of its connect (getsockopt(2),
// SO_PEERCRED): the first field of struct sockpeercred, of which the system copies as much
// as there is room for.
func peerUID(c *net.UnixConn) (uid int, err error) {
	return controlled(c, func(fd int) (int, error) { return unix.GetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_PEERCRED) })
}
