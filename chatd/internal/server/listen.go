package server

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// What is asked of a TCP connection. Accepted ones inherit it from the
// listener. Keepalive notices a dead peer in 50 + 4·15 s, TCP_USER_TIMEOUT one
// that dies while there is something to send to it.
const (
	keepIdle    = 50 // s
	keepEvery   = 15 // s
	keepProbes  = 4
	userTimeout = 110_000 // ms
	sendBuffer  = 256 << 10
)

// CheckAddress says what is wrong with an address for Listen.
func CheckAddress(address string) error {
	path, isUnix := strings.CutPrefix(address, "unix://")
	_, _, err := net.SplitHostPort(address)
	if isUnix && path != "" || !isUnix && err == nil && !strings.Contains(address, "://") {
		return nil
	}
	return fmt.Errorf("%q is no address to listen on: host:port or unix:///path", address)
}

// Listen listens on an address: host:port, or unix:///path. A socket file that
// nobody listens on any more is replaced.
func Listen(ctx context.Context, address string) (net.Listener, error) {
	if path, ok := strings.CutPrefix(address, "unix://"); ok {
		return listenUnix(ctx, path)
	}
	lc := net.ListenConfig{KeepAlive: -1, Control: prepare}
	return lc.Listen(ctx, "tcp", address)
}

// prepare sets the options of a listening TCP socket.
func prepare(_, _ string, c syscall.RawConn) error {
	options := []struct{ level, name, value int }{
		{unix.SOL_SOCKET, unix.SO_KEEPALIVE, 1},
		{unix.IPPROTO_TCP, unix.TCP_KEEPIDLE, keepIdle},
		{unix.IPPROTO_TCP, unix.TCP_KEEPINTVL, keepEvery},
		{unix.IPPROTO_TCP, unix.TCP_KEEPCNT, keepProbes},
		{unix.IPPROTO_TCP, unix.TCP_USER_TIMEOUT, userTimeout},
		{unix.SOL_SOCKET, unix.SO_SNDBUF, sendBuffer},
		{unix.SOL_SOCKET, unix.SO_OOBINLINE, 1}, // telnet's SYNCH is urgent data (RFC 854)
	}
	var failed error
	err := c.Control(func(fd uintptr) {
		for _, o := range options {
			if err := unix.SetsockoptInt(int(fd), o.level, o.name, o.value); err != unix.ENOPROTOOPT {
				failed = errors.Join(failed, err) // one that the system does not know is done without
			}
		}
	})
	return errors.Join(err, failed)
}

func listenUnix(ctx context.Context, path string) (net.Listener, error) {
	var lc net.ListenConfig
	l, err := lc.Listen(ctx, "unix", path)
	if errors.Is(err, syscall.EADDRINUSE) && abandoned(ctx, path) {
		if err := os.Remove(path); err != nil {
			return nil, err
		}
		l, err = lc.Listen(ctx, "unix", path)
	}
	if err != nil {
		return nil, err
	}
	// As open as a port of the machine; the directory says who gets to it.
	return l, os.Chmod(path, 0o666)
}

// abandoned reports whether path is a socket that nobody listens on. Connecting
// to a file that is no socket fails in the same way.
func abandoned(ctx context.Context, path string) bool {
	if info, err := os.Lstat(path); err != nil || info.Mode().Type() != os.ModeSocket {
		return false
	}
	dialer := net.Dialer{Timeout: time.Second}
	c, err := dialer.DialContext(ctx, "unix", path)
	if err == nil {
		_ = c.Close()
	}
	return errors.Is(err, syscall.ECONNREFUSED)
}
