package listener

import (
	"net"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// Accepted connections have the options that were set on the listener: a dead
// peer is noticed within two minutes, and urgent data stays in its place.
func TestAcceptedConnectionsHaveTheListenersOptions(t *testing.T) {
	l, err := TCP(t.Context(), "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	dialed, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer dialed.Close()
	c, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	raw, err := c.(*net.TCPConn).SyscallConn()
	if err != nil {
		t.Fatal(err)
	}
	get := func(level, name int) (value int) {
		if err := raw.Control(func(fd uintptr) { value, err = unix.GetsockoptInt(int(fd), level, name) }); err != nil {
			t.Fatal(err)
		}
		return value
	}
	if get(unix.SOL_SOCKET, unix.SO_KEEPALIVE) == 0 || get(unix.SOL_SOCKET, unix.SO_OOBINLINE) == 0 {
		t.Error("keepalive or urgent data in line is off")
	}
	idle, every, probes := get(unix.IPPROTO_TCP, unix.TCP_KEEPIDLE), get(unix.IPPROTO_TCP, unix.TCP_KEEPINTVL), get(unix.IPPROTO_TCP, unix.TCP_KEEPCNT)
	if idle+every*probes >= 120 {
		t.Errorf("a dead peer is noticed after %d + %d x %d s", idle, probes, every)
	}
	if ms := get(unix.IPPROTO_TCP, unix.TCP_USER_TIMEOUT); time.Duration(ms)*time.Millisecond != userTimeout {
		t.Errorf("TCP_USER_TIMEOUT is %d", ms)
	}
}
