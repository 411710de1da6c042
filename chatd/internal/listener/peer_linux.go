package listener

import (
	"net"

	"golang.org/x/sys/unix"
)

const hasPeers = true

// peerUID returns the user behind a Unix socket, as of its connect (unix(7), SO_PEERCRED).
func peerUID(c *net.UnixConn) (uid int, err error) {
	return controlled(c, func(fd int) (int, error) {
		peer, err := unix.GetsockoptUcred(fd, unix.SOL_SOCKET, unix.SO_PEERCRED)
		if err != nil {
			return -1, err
		}
		return int(peer.Uid), nil
	})
}
