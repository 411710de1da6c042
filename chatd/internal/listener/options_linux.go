package listener

import (
	"net"
	"time"

	"golang.org/x/sys/unix"
)

// keepAlive is off: options has it, so that accepting costs no further calls.
var keepAlive = net.KeepAliveConfig{}

var options = []option{
	{unix.SOL_SOCKET, unix.SO_KEEPALIVE, 1},
	{unix.IPPROTO_TCP, unix.TCP_KEEPIDLE, int(keepIdle / time.Second)},
	{unix.IPPROTO_TCP, unix.TCP_KEEPINTVL, int(keepEvery / time.Second)},
	{unix.IPPROTO_TCP, unix.TCP_KEEPCNT, keepProbes},
	{unix.IPPROTO_TCP, unix.TCP_USER_TIMEOUT, int(userTimeout / time.Millisecond)},
	{unix.SOL_SOCKET, unix.SO_SNDBUF, sendBuffer},
	{unix.SOL_SOCKET, unix.SO_OOBINLINE, 1}, // telnet's Synch is urgent data (RFC 854)
}
