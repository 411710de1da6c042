//go:build unix

package listener

import (
	"syscall"

	"golang.org/x/sys/unix"
)

// What the system calls the errors that are told apart here.
const (
	errInUse     = unix.EADDRINUSE
	errRefused   = unix.ECONNREFUSED
	errNoAddress = unix.EADDRNOTAVAIL
	errNoFamily  = unix.EAFNOSUPPORT
	errNoOption  = unix.ENOPROTOOPT
)

var passing = []error{unix.EMFILE, unix.ENFILE, unix.ENOBUFS, unix.ENOMEM, unix.ECONNABORTED, unix.EPROTO}

func setOption(fd uintptr, o option) error {
	return unix.SetsockoptInt(int(fd), o.level, o.name, o.value)
}

// closeToOthers has the file of a Unix socket be its owner's alone from the beginning, where
// the system takes the mode from the socket that is bound to it, as Linux does.
func closeToOthers(_, _ string, c syscall.RawConn) error {
	return c.Control(func(fd uintptr) { _ = unix.Fchmod(int(fd), 0o600) })
}
