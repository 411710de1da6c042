//go:build unix

package listener

import "golang.org/x/sys/unix"

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
