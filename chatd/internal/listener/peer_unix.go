//go:build linux || darwin || freebsd || openbsd

package listener

import "net"

// controlled calls ask with the connection's descriptor.
func controlled(c *net.UnixConn, ask func(fd int) (int, error)) (uid int, err error) {
	raw, err := c.SyscallConn()
	if err != nil {
		return -1, err
	}
	if failed := raw.Control(func(fd uintptr) { uid, err = ask(int(fd)) }); failed != nil {
		return -1, failed
	}
	return uid, err
}
