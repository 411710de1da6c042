//go:build unix && !linux

package listener

import (
	"net"

	"golang.org/x/sys/unix"
)

var keepAlive = net.KeepAliveConfig{Enable: true, Idle: keepIdle, Interval: keepEvery, Count: keepProbes}

var options = []option{
	{unix.SOL_SOCKET, unix.SO_SNDBUF, sendBuffer},
	{unix.SOL_SOCKET, unix.SO_OOBINLINE, 1}, // telnet's Synch is urgent data (RFC 854)
}
