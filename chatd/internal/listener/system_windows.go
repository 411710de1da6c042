package listener

import (
	"net"
	"syscall"

	"golang.org/x/sys/windows"
)

// What the system calls the errors that are told apart here.
const (
	errInUse     = windows.WSAEADDRINUSE
	errRefused   = windows.WSAECONNREFUSED
	errNoAddress = windows.WSAEADDRNOTAVAIL
	errNoFamily  = windows.WSAEAFNOSUPPORT
	errNoOption  = windows.WSAENOPROTOOPT
)

var passing = []error{windows.WSAEMFILE, windows.WSAENOBUFS, windows.ERROR_NOT_ENOUGH_MEMORY, windows.ERROR_NO_SYSTEM_RESOURCES, windows.WSAECONNABORTED, windows.WSAECONNRESET}

var keepAlive = net.KeepAliveConfig{Enable: true, Idle: keepIdle, Interval: keepEvery, Count: keepProbes}

const soOOBInline = 0x0100 // ws2def.h, SO_OOBINLINE

var options = []option{
	{windows.SOL_SOCKET, windows.SO_SNDBUF, sendBuffer},
	{windows.SOL_SOCKET, soOOBInline, 1}, // telnet's Synch is urgent data (RFC 854)
}

func setOption(fd uintptr, o option) error {
	return windows.SetsockoptInt(windows.Handle(fd), o.level, o.name, o.value)
}

// closeToOthers does nothing: files have no modes.
func closeToOthers(_, _ string, _ syscall.RawConn) error { return nil }
