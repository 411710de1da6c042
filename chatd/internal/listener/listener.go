// Package listener opens what connections come in by: each kind of address has a function
// that returns a net.Listener.
package listener

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"linechat/chatd/internal/repeats"
)

// What is asked of a TCP connection. Keepalive notices a dead peer in 50 + 4·15 s, and
// where the system has it TCP_USER_TIMEOUT one that dies while there is something to send
// to it.
const (
	keepIdle    = 50 * time.Second
	keepEvery   = 15 * time.Second
	keepProbes  = 4
	userTimeout = 110 * time.Second
	sendBuffer  = 256 << 10 // bytes
)

// What addresses begin with that are not host:port.
const (
	unixScheme = "unix://"
	tlsScheme  = "tls://"
	sshScheme  = "ssh://"
)

// IsSSH reports whether an address is one of SSH.
func IsSSH(address string) bool { return strings.HasPrefix(address, sshScheme) }

// Check returns an error if an address is none that Bind binds to.
func Check(address string) error {
	if rest, ok := strings.CutPrefix(address, unixScheme); ok {
		_, err := parseUnix(rest)
		return err
	}
	_, hostPort := schemeOf(address)
	if _, _, err := net.SplitHostPort(hostPort); err != nil || strings.Contains(hostPort, "://") {
		return fmt.Errorf("%q is no address to listen on: use host:port, tls://host:port, ssh://host:port or unix:///path", address)
	}
	return nil
}

// IsTLS reports whether an address is one of TLS.
func IsTLS(address string) bool { return strings.HasPrefix(address, tlsScheme) }

// Options are what listeners need besides an address.
type Options struct {
	Log        *slog.Logger // of what befalls a connection before it is accepted
	Repeats    *repeats.Log // sums up the handshakes of one origin that fail; nil: it does not
	Handshakes *Handshakes  // bounds those of all listeners together
	TLS        *TLS         // for tls://
	SSH        *SSH         // for ssh://
	Proxies    Proxies
	Meter      Meter // nil: nobody is told
	Gate       *Gate // nil: addresses may have any number of connections
}

// schemeOf splits what an address begins with off its host:port.
func schemeOf(address string) (scheme, hostPort string) {
	for _, scheme := range []string{tlsScheme, sshScheme} {
		if hostPort, ok := strings.CutPrefix(address, scheme); ok {
			return scheme, hostPort
		}
	}
	return "", address
}

// A Socket is bound to an address. Connections wait there until somebody listens.
type Socket struct {
	socket net.Listener
	scheme string
}

// Bind binds to an address: host:port, tls://host:port, ssh://host:port or
// unix:///path, which may end in ?mode=0660&group=chat. localhost is both loopback addresses, as far as the machine has them.
func Bind(ctx context.Context, address string) (sockets []Socket, err error) {
	var bound []net.Listener
	scheme, hostPort := schemeOf(address)
	if rest, ok := strings.CutPrefix(address, unixScheme); ok {
		bound, err = one(listenUnix(ctx, rest))
	} else {
		bound, err = listenTCP(ctx, hostPort)
	}
	for _, l := range bound {
		sockets = append(sockets, Socket{l, scheme})
	}
	return sockets, err
}

// Close closes a socket at which nobody listens.
func (s Socket) Close() error { return s.socket.Close() }

// Listen returns the listener of the socket, which shakes hands as the address says. Closing
// it closes the socket.
func (s Socket) Listen(o Options) net.Listener {
	l := o.Gate.listen(o.Proxies.listen(s.socket, o), o.Meter)
	switch s.scheme {
	case tlsScheme:
		return o.Handshakes.listen(l, o, o.measured(DoorTLS, o.TLS.shake))
	case sshScheme:
		return o.Handshakes.listen(l, o, o.measured(DoorSSH, o.SSH.shake))
	}
	return l
}

// listenTCP listens on host:port, for localhost on both loopback addresses.
func listenTCP(ctx context.Context, address string) ([]net.Listener, error) {
	host, port, err := net.SplitHostPort(address)
	if err != nil || host != "localhost" {
		return one(TCP(ctx, address))
	}
	four, err := TCP(ctx, net.JoinHostPort("127.0.0.1", port))
	if err != nil {
		return nil, err
	}
	port = strconv.Itoa(four.Addr().(*net.TCPAddr).Port) // where port is 0 both get the same
	six, err := TCP(ctx, net.JoinHostPort("::1", port))
	switch {
	case err == nil:
		return []net.Listener{four, six}, nil
	case errors.Is(err, errNoAddress), errors.Is(err, errNoFamily):
		return []net.Listener{four}, nil
	}
	_ = four.Close()
	return nil, err
}

func one(l net.Listener, err error) ([]net.Listener, error) {
	if err != nil {
		return nil, err
	}
	return []net.Listener{l}, nil
}

// TCP listens on host:port.
func TCP(ctx context.Context, address string) (net.Listener, error) {
	lc := net.ListenConfig{KeepAlive: -1, KeepAliveConfig: keepAlive, Control: setOptions}
	return lc.Listen(ctx, "tcp", address)
}

// An option is a socket option with an integer value.
type option struct{ level, name, value int }

// setOptions sets the options of a listening socket, which accepted ones inherit. One that
// the system does not know is done without.
func setOptions(_, _ string, c syscall.RawConn) error {
	var failed error
	err := c.Control(func(fd uintptr) {
		for _, o := range options {
			if err := setOption(fd, o); err != nil && !errors.Is(err, errNoOption) {
				failed = errors.Join(failed, os.NewSyscallError("setsockopt", err))
			}
		}
	})
	return errors.Join(err, failed)
}

// Passes reports whether accepting failed for a reason that passes: for want of
// descriptors or memory, or because the peer has gone already.
func Passes(err error) bool {
	return slices.ContainsFunc(passing, func(e error) bool { return errors.Is(err, e) })
}
