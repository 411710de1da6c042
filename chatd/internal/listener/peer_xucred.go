//go:build darwin || freebsd

package listener

import (
	"net"

	"golang.org/x/sys/unix"
)

const hasPeers = true

const solLocal = 0 // sys/un.h, SOL_LOCAL

// peerUID returns the user behind a Unix socket, as of its connect (unix(4),
// LOCAL_PEERCRED).
func peerUID(c *net.UnixConn) (uid int, err error) {
	return controlled(c, func(fd int) (int, error) {
		peer, err := unix.GetsockoptXucred(fd, solLocal, unix.LOCAL_PEERCRED)
		if err != nil {
			return -1, err
		}
		return int(peer.Uid), nil
	})
}
